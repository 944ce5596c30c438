using Moda.Runtime.Audio;
using Moda.Runtime.Dubbing;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

// Videos whose lips are synced to a voice.
public sealed partial class TalkingHeadEngine
{
    /// <summary>Syncs the lips of a video to a voice that is in memory.</summary>
    /// <inheritdoc cref="Dub(PreparedVideo, ISampleReader, DubbingOptions?, IProgress{GenerationProgress}?)"/>
    public TalkingClip Dub(
        PreparedVideo video, Waveform voice, DubbingOptions? options = null, IProgress<GenerationProgress>? progress = null) =>
        Dub(video, voice.OpenReader(), options, progress);

    /// <summary>
    /// Syncs the lips of a video to a voice: lips follow the voice, the rest of the face follows the video, and frames without a face are
    /// shown as they are. The clip has the video's size, rate and times.
    /// </summary>
    /// <param name="video">A video of this engine. It may be disposed once this has returned.</param>
    /// <param name="voice">
    /// Mono samples at 16 kHz, all of which are read before the first frame is made; the caller disposes it after the clip.
    /// </param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip. Its reader is told by a <see cref="VideoFileException"/> where the file has changed meanwhile.</returns>
    /// <exception cref="ArgumentException">The options need what the weights lack, or are not for videos, or the video is another engine's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is no number, or out of range.</exception>
    /// <exception cref="ObjectDisposedException">The video or the engine was disposed.</exception>
    public TalkingClip Dub(
        PreparedVideo video, ISampleReader voice, DubbingOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(voice);
        return Dub(video, [voice], options, progress);
    }

    /// <summary>
    /// Syncs the lips of several faces of a video, each to a voice of its own. Where voices are not of equal length, silence follows the
    /// shorter ones.
    /// </summary>
    /// <param name="video">A video of this engine that was prepared for several faces. It may be disposed once this has returned.</param>
    /// <param name="voices">
    /// The voice of each face, in the order of <see cref="PreparedVideo.FaceNumbers"/>: mono samples at 16 kHz, all of which are read before the
    /// first frame is made; the caller disposes them after the clip. Faces that say the same need a reader each.
    /// </param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>
    /// The clip. A face that no other reaches has the same pixels as in a dub of its own with the same voice. Where two faces reach the same
    /// pixels, the later in the order lies above the earlier.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// There are not as many voices as faces, the options need what the weights lack, or are not for videos, or the video is another engine's.
    /// </exception>
    /// <inheritdoc cref="Dub(PreparedVideo, ISampleReader, DubbingOptions?, IProgress{GenerationProgress}?)"/>
    public TalkingClip Dub(
        PreparedVideo video,
        IReadOnlyList<ISampleReader> voices,
        DubbingOptions? options = null,
        IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(voices);
        options ??= new DubbingOptions();
        options.Validate();
        Validate(video.Engine, options.Generation.PasteBack);
        if (voices.Count != video.FaceNumbers.Count)
        {
            throw new ArgumentException(
                $"{voices.Count} {(voices.Count == 1 ? "voice was" : "voices were")} given for the {video.FaceNumbers.Count} faces of video "
                + $"'{video.Path}'; each face needs one.",
                nameof(voices));
        }

        IReadOnlyList<LoadedPortrait> faces = video.Lease();
        return Render(
            faces, video.Loaded, context => new SpokenLips(context, video.Loaded, faces, voices, options), options.Generation, progress);
    }
}

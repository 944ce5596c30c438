using Moda.Runtime.Audio;
using Moda.Runtime.Driving;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Motion apart from a voice: read from pictures and videos, kept, mixed, and put on portraits; and faces that are posed.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>
    /// Poses a portrait's face by sliders: one picture, soon enough to be asked for on every move of a slider. It goes before clips' frames.
    /// </summary>
    /// <param name="portrait">A portrait of this engine. It may be disposed once this has returned.</param>
    /// <param name="pose">The sliders.</param>
    /// <param name="options">How the face becomes a picture; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it, for a slider that has moved on.</param>
    /// <returns>The portrait with the posed face; the caller's own.</returns>
    /// <exception cref="ArgumentException">
    /// The pose opens eyes or lips of a portrait without landmarks that tell how far they are, or the options need what the weights lack, or
    /// the portrait is another engine's.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A slider is no number, or out of range.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<RgbImage> PoseAsync(
        PreparedPortrait portrait, FacePose pose, PoseOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        options ??= new PoseOptions();
        pose.Validate();
        options.Validate();
        Validate(portrait.Engine, options.PasteBack);
        LoadedPortrait loaded = portrait.Lease();
        try
        {
            return await poses.RenderAsync(loaded, pose, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            loaded.Release();
        }
    }

    /// <summary>Reads the motion of a picture: a template of one frame, by which a portrait takes on its expression.</summary>
    /// <param name="picture">At any size.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="crop">Whether the picture is cropped to the face first.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FaceNotFoundException">There is no face, not the one that was chosen, or too small a one.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<MotionTemplate> ReadMotionAsync(
        RgbImage picture, FaceChoice face = default, DrivingCropMode crop = DrivingCropMode.WhenNotSquare, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        OptionChecks.RequireDefined(crop);

        // The portrait's own crop is not used: it turns the face upright, and the motion would lose its roll.
        Portrait found = await faces.CreatePortraitAsync(picture, face, options: null, cancellationToken).ConfigureAwait(false);
        return await new DrivingMotion(context, crop)
            .ReadAsync(found.Image, found.OpeningLandmarks ?? found.Landmarks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the motion of a video, frame by frame.</summary>
    /// <param name="video">A video of this engine.</param>
    /// <param name="crop">Whether the frames are cropped to the face first, all to one square.</param>
    /// <param name="progress">Told after each frame, on threads of the pool; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>
    /// A template at the video's rate. A frame without a face has the motion of the one before it. It takes 800 bytes a frame.
    /// </returns>
    /// <exception cref="VideoFileException">The file has changed since it was prepared.</exception>
    /// <exception cref="ObjectDisposedException">The video or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<MotionTemplate> ReadMotionAsync(
        PreparedVideo video,
        DrivingCropMode crop = DrivingCropMode.WhenNotSquare,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(video);
        OptionChecks.RequireDefined(crop);
        Validate(video.Engine, PasteBackMode.None);
        RequireOneFace(video);
        IReadOnlyList<LoadedPortrait> lease = video.Lease();
        try
        {
            return await Task.Run(() => new DrivingMotion(context, crop).ReadAsync(video.Loaded, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ReleaseAll(lease);
        }
    }

    /// <summary>Generates the motion of a voice and renders nothing.</summary>
    /// <param name="portrait">Whose motion it is to be; others can be driven by it nevertheless.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller disposes it afterwards.</param>
    /// <param name="options">
    /// How; null for the reference's defaults. Those of driving do not matter here: with the same in
    /// <see cref="Drive(PreparedPortrait, MotionTemplate, GenerationOptions?, IProgress{GenerationProgress}?)"/> come the same frames as from
    /// <see cref="Speak(PreparedPortrait, ISampleReader, GenerationOptions?, IProgress{GenerationProgress}?)"/>.
    /// </param>
    /// <param name="progress">Told as it goes on; null where nobody is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AudioException">The voice is empty, too short, not finite, or can't be read to its end.</exception>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack, or the portrait is another engine's.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<MotionTemplate> GenerateMotionAsync(
        PreparedPortrait portrait,
        ISampleReader voice,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        ArgumentNullException.ThrowIfNull(voice);
        GenerationOptions offline = (options ?? new GenerationOptions()) with { Pace = Pace.Offline };
        Validate(portrait.Engine, offline);
        RecordedMotion? recorded = null;
        await using TalkingClip clip = Begin(
            portrait.Lease(), loaded => recorded = new RecordedMotion(context, loaded, voice, offline), offline, format: null, progress);
        await foreach (VideoFrame _ in clip.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // There is none.
        }

        return recorded!.Motion!;
    }

    /// <summary>Drives a portrait by motion: a clip of as many frames at the motion's rate; one frame where the motion is a picture's.</summary>
    /// <param name="portrait">A portrait of this engine. It may be disposed once this has returned.</param>
    /// <param name="motion">From a file, a video, a picture or a voice.</param>
    /// <param name="options">
    /// How; null for LivePortrait's defaults, <see cref="DrivingOptions.ForVideo"/>. Emotion, sampling, seed and audio do not matter here.
    /// </param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="ArgumentException">
    /// The options need what the weights, the portrait or the motion lack, or the portrait is another engine's, or the pace is live and the
    /// motion has another rate than 25 frames a second.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is no number, or out of range.</exception>
    /// <exception cref="EngineFullException">The clip is live, and the engine serves as many as it can in time.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    public TalkingClip Drive(
        PreparedPortrait portrait, MotionTemplate motion, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        ArgumentNullException.ThrowIfNull(motion);
        GenerationOptions wanted = options ?? new GenerationOptions { Driving = DrivingOptions.ForVideo };
        Validate(portrait.Engine, wanted);
        RequireOpenings(motion, wanted.Driving);
        if (wanted.Pace == Pace.Live && motion.FramesPerSecond != GenerationOptions.FramesPerSecond)
        {
            throw new ArgumentException(
                $"A live clip has {GenerationOptions.FramesPerSecond} frames a second; bring the motion to that rate by {nameof(MotionTemplate.AtRate)}.", nameof(motion));
        }

        return Begin(
            portrait.Lease(),
            loaded => new TemplateFrames(context, loaded, motion, wanted),
            wanted,
            FrameBuffers.FormatOf(portrait.Portrait, wanted.PasteBack, TemplateFrames.RateOf(motion)),
            progress);
    }

    /// <summary>
    /// Drives the face of a video by other motion: added to the video's own by default. Frames without a face are shown as they are. The clip
    /// has the video's size, rate and times, and is as long as the shorter of both; a picture's motion drives all of the video.
    /// </summary>
    /// <param name="video">A video of this engine. It may be disposed once this has returned.</param>
    /// <param name="motion">From a file, a video, a picture or a voice. It is brought to the times of the video's frames.</param>
    /// <param name="options">
    /// How; null for LivePortrait's defaults, <see cref="DrivingOptions.ForVideo"/>. Of the expression only what does not change who the face is
    /// is taken, and expression and pose are always smoothed by Kalman, but not those of a picture. The pace is offline, and the face is put back.
    /// </param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip. Its reader is told by a <see cref="VideoFileException"/> where the file has changed meanwhile.</returns>
    /// <exception cref="ArgumentException">
    /// The options need what the weights or the motion lack, or are not for videos, or the video is another engine's.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is no number, or out of range.</exception>
    /// <exception cref="ObjectDisposedException">The video or the engine was disposed.</exception>
    public TalkingClip Drive(
        PreparedVideo video, MotionTemplate motion, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(motion);
        GenerationOptions wanted = options ?? new GenerationOptions { Driving = DrivingOptions.ForVideo };
        wanted.ValidateForVideo();
        Validate(video.Engine, wanted.PasteBack);
        RequireOneFace(video);
        RequireOpenings(motion, wanted.Driving);
        return Render(
            video.Lease(), video.Loaded, context => new FollowedMotion(context, video.Loaded, motion, wanted.Driving), wanted, progress);
    }

    private static void RequireOneFace(PreparedVideo video) => OptionChecks.Require(
        video.FaceNumbers.Count == 1,
        $"Video '{video.Path}' was prepared for {video.FaceNumbers.Count} faces, and the motion of one is asked for. Prepare it for one face.");

    // Where the reference has none of them, it follows nothing and says nothing.
    private static void RequireOpenings(MotionTemplate motion, DrivingOptions driving)
    {
        if ((driving.RetargetEyes && motion.EyeRatios.IsEmpty) || (driving.RetargetLip && motion.LipRatios.IsEmpty))
        {
            throw new ArgumentException("The motion does not say how far eyes and lips are open, so they cannot be followed. Turn retargeting off.", nameof(motion));
        }
    }
}

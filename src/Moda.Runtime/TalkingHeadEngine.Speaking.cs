using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;

namespace Moda.Runtime;

/// <content>Portraits that speak with a voice.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>Makes a portrait speak with a voice that is in memory.</summary>
    /// <inheritdoc cref="Speak(PreparedPortrait, ISampleReader, GenerationOptions?, IProgress{GenerationProgress}?)"/>
    public TalkingClip Speak(
        PreparedPortrait portrait, Waveform voice, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null) =>
        Speak(portrait, voice.OpenReader(), new ClipSound(voice), options, progress);

    /// <summary>Makes a portrait speak with the sound of a file, which <see cref="TalkingClip.SaveAsync"/> puts into the video.</summary>
    /// <param name="portrait">A portrait of this engine. It may be disposed once this has returned.</param>
    /// <param name="voice">The sound; the caller disposes it after the clip.</param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <inheritdoc cref="Speak(PreparedPortrait, ISampleReader, GenerationOptions?, IProgress{GenerationProgress}?)"/>
    public TalkingClip Speak(
        PreparedPortrait portrait, SoundTrack voice, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(voice);
        return Speak(portrait, voice.OpenSpeech(), new ClipSound(voice), options, progress);
    }

    /// <summary>Makes a portrait speak: a clip, whose frames are made as they are read.</summary>
    /// <param name="portrait">A portrait of this engine. It may be disposed once this has returned.</param>
    /// <param name="voice">
    /// Mono samples at 16 kHz, read somewhat ahead of the frames on threads of the pool; the caller disposes it after the clip. It may come
    /// as slowly as it likes.
    /// </param>
    /// <param name="options">How; null for the reference's defaults.</param>
    /// <param name="progress">Told as the stages go on, on tasks of the clip and its reader; null where nobody is told.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack, or the portrait is another engine's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    /// <exception cref="EngineFullException">The clip is live, and the engine serves as many as it can in time.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    public TalkingClip Speak(
        PreparedPortrait portrait, ISampleReader voice, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null) =>
        Speak(portrait, voice, sound: null, options, progress);

    private TalkingClip Speak(
        PreparedPortrait portrait, ISampleReader voice, ClipSound? sound, GenerationOptions? options, IProgress<GenerationProgress>? progress)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        ArgumentNullException.ThrowIfNull(voice);
        options ??= new GenerationOptions();
        Validate(portrait.Engine, options);
        return Begin(portrait.Lease(), loaded => new ClipMotion(context, loaded, voice, options, new StageTimes()), options, format: null, progress, sound);
    }
}

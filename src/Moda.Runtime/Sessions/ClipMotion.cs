using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>From speech to the keypoints of a portrait, piece by piece.</summary>
internal sealed class ClipMotion : IFrameSource
{
    private readonly SessionContext context;
    private readonly GenerationOptions options;
    private readonly DrivenPortrait driven;
    private readonly VoiceMotion motion;

    /// <summary>Prepares the generation of one clip's motion.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <param name="times">Where the stages are timed.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public ClipMotion(SessionContext context, LoadedPortrait portrait, ISampleReader voice, GenerationOptions options, StageTimes times)
    {
        Times = times;
        this.context = context;
        this.options = options;
        driven = new DrivenPortrait(context, portrait, options, Times);
        motion = new VoiceMotion(context, portrait, voice, options, Times);
    }

    /// <inheritdoc/>
    public StageTimes Times { get; }

    /// <inheritdoc/>
    public long HostBytes => motion.HostBytes;

    /// <inheritdoc/>
    public int? FrameCount => motion.FrameCount;

    /// <inheritdoc/>
    public bool HasAllMotion => false;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => GenerationOptions.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => context.MotionAhead;

    /// <summary>Generates the motion: in pieces of a segment, or in one where it is needed whole.</summary>
    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await driven.BeginAsync(isPhoto: false, cancellationToken).ConfigureAwait(false);
        await foreach (MotionSequence moved in motion.GenerateAsync(clip, driven.NeedsWholeMotion, progress, cancellationToken).ConfigureAwait(false))
        {
            options.Observer?.ReceiveMotion(moved.Values);
            yield return await driven.DriveAsync(animation => animation.Drive(moved), cancellationToken).ConfigureAwait(false);
        }
    }
}

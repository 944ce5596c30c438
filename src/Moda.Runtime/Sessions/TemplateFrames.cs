using System.Runtime.CompilerServices;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>A portrait's frames from a template of motion, in pieces.</summary>
internal sealed class TemplateFrames : IFrameSource
{
    // As many rows as the stitching network takes at once.
    private const int PieceFrames = 64;

    private readonly SessionContext context;
    private readonly MotionTemplate motion;
    private readonly DrivenPortrait driven;

    /// <summary>Prepares the frames.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">The portrait.</param>
    /// <param name="motion">The template.</param>
    /// <param name="options">How it drives the portrait.</param>
    /// <exception cref="ArgumentException">The options need what the weights or the portrait lack.</exception>
    public TemplateFrames(SessionContext context, LoadedPortrait portrait, MotionTemplate motion, GenerationOptions options)
    {
        this.context = context;
        this.motion = motion;
        driven = new DrivenPortrait(context, portrait, options, Times);
    }

    /// <summary>A template's rate as videos have it.</summary>
    public static FrameRate RateOf(MotionTemplate motion)
    {
        const double NanosecondsPerSecond = 1e9;
        return FrameRate.FromPeriod((long)Math.Round(NanosecondsPerSecond / motion.FramesPerSecond));
    }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => 0;

    /// <inheritdoc/>
    public int? FrameCount => motion.Frames;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => RateOf(motion);

    /// <inheritdoc/>
    public int FramesAhead => context.MotionAhead;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await driven.BeginAsync(isPhoto: motion.Frames == 1, cancellationToken).ConfigureAwait(false);
        int length = driven.NeedsWholeMotion ? motion.Frames : PieceFrames;
        for (int start = 0; start < motion.Frames; start += length)
        {
            MotionTemplate piece = motion.Slice(start, Math.Min(length, motion.Frames - start));
            yield return await driven.DriveAsync(animation => animation.Drive(piece), cancellationToken).ConfigureAwait(false);
        }
    }
}

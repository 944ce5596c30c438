using System.Runtime.CompilerServices;
using Moda.Runtime.Audio;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Sessions;

/// <summary>The motion of a voice, kept instead of rendered: a clip without a frame.</summary>
internal sealed class RecordedMotion : IFrameSource
{
    private readonly VoiceMotion voice;

    /// <summary>Prepares the recording.</summary>
    /// <param name="context">What the engine gives its clips.</param>
    /// <param name="portrait">Whose face it is.</param>
    /// <param name="voice">Mono samples at 16 kHz; the caller owns it.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public RecordedMotion(SessionContext context, LoadedPortrait portrait, ISampleReader voice, GenerationOptions options) =>
        this.voice = new VoiceMotion(context, portrait, voice, options, Times);

    /// <summary>The motion, once the clip has ended.</summary>
    public MotionTemplate? Motion { get; private set; }

    /// <inheritdoc/>
    public StageTimes Times { get; } = new();

    /// <inheritdoc/>
    public long HostBytes => voice.HostBytes;

    /// <inheritdoc/>
    public int? FrameCount => 0;

    /// <inheritdoc/>
    public FrameRate FramesPerSecond => GenerationOptions.FramesPerSecond;

    /// <inheritdoc/>
    public int FramesAhead => 1;

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<DrivenFrame>> GenerateAsync(
        ClipSession clip, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pieces = new List<MotionSequence>();
        await foreach (MotionSequence piece in voice.GenerateAsync(clip, isWhole: true, progress, cancellationToken).ConfigureAwait(false))
        {
            pieces.Add(piece);
        }

        Motion = MotionSequence.Join(pieces).ToTemplate(GenerationOptions.FramesPerSecond);
        yield break;
    }
}

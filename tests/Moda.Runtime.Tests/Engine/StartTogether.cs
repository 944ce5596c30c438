using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Tests.Engine;

/// <summary>
/// Brings the first segments of clips into one batch, however the machine shares out its time: each clip waits until all are about to ask, and
/// the thread that samples waits until all have asked.
/// </summary>
/// <param name="engine">Speaks the clips.</param>
/// <param name="clips">How many.</param>
internal sealed class StartTogether(TalkingHeadEngine engine, int clips) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Barrier barrier = new(clips, _ => HoldSampling(engine, clips));

    /// <summary>The noise of a seed, which comes when all clips ask for it.</summary>
    public NoiseSource Noise(ulong seed) => (segment, noise) =>
    {
        if (segment == 0 && !barrier.SignalAndWait(Patience))
        {
            throw new TimeoutException("A clip did not come.");
        }

        NoiseSources.Philox(seed)(segment, noise);
    };

    public void Dispose() => barrier.Dispose();

    private static void HoldSampling(TalkingHeadEngine engine, int clips) => _ = engine.Scheduler.RunAsync(
        engine.MotionWork,
        (_, _) => SpinWait.SpinUntil(() => engine.Scheduler.WaitingSegments == clips, Patience),
        CancellationToken.None);
}

using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Progress;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>How clips and live sessions begin, and how the engine forgets them.</content>
public sealed partial class TalkingHeadEngine
{
    // Takes over the lease.
    private TalkingClip Begin(
        LoadedPortrait portrait,
        Func<LoadedPortrait, IFrameSource> createSource,
        GenerationOptions wanted,
        VideoFormat? format,
        IProgress<GenerationProgress>? progress,
        ClipSound? sound = null) => Begin([portrait], () => createSource(portrait), wanted, format, progress, sound);

    // Takes over the leases.
    private TalkingClip Begin(
        IReadOnlyList<LoadedPortrait> portraits,
        Func<IFrameSource> createSource,
        GenerationOptions wanted,
        VideoFormat? format,
        IProgress<GenerationProgress>? progress,
        ClipSound? sound = null) => new(BeginSession(portraits, createSource, wanted, progress), format, sound, progress);

    // Takes over the leases.
    private ClipSession BeginSession(
        IReadOnlyList<LoadedPortrait> portraits,
        Func<IFrameSource> createSource,
        GenerationOptions wanted,
        IProgress<GenerationProgress>? progress,
        double liveCost = 1)
    {
        LiveSlot? slot = null;
        try
        {
            IFrameSource source = createSource();
            slot = wanted.Pace == Pace.Live ? TakeSlot(wanted, liveCost) : null;
            var session = new ClipSession(context, portraits, source, wanted, progress, slot, Forget);
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(disposal is not null, this);
                clips.Add(session);
            }

            return session;
        }
        catch
        {
            slot?.Leave();
            ReleaseAll(portraits);
            throw;
        }
    }

    private static void ReleaseAll(IEnumerable<LoadedPortrait> leased)
    {
        foreach (LoadedPortrait portrait in leased)
        {
            portrait.Release();
        }
    }

    private LiveSlot TakeSlot(GenerationOptions wanted, double cost)
    {
        if (wanted.WhenFull == WhenFull.Wait)
        {
            return new LiveSlot(liveSlots, cost, isTaken: false);
        }

        return liveSlots.TryTake(cost) ? new LiveSlot(liveSlots, cost, isTaken: true)
            : cost > 1 ? throw new EngineFullException(liveSlots.Taken, cost, liveSlots.Limit ?? 0)
            : throw new EngineFullException(liveSlots.Taken);
    }

    private void Forget(ClipSession clip)
    {
        lock (gate)
        {
            clips.Remove(clip);
        }
    }
}

using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Sessions that speak while they are written to.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>
    /// Opens a live session: a portrait that is there for as long as wanted, says what is written to it a fraction of a second later, and
    /// breathes and blinks in between. Until it ends it takes as many places among the engine's live clips as it costs
    /// (<see cref="EngineCapacity.LiveClips"/>); one if <see cref="EngineOptions.LiveClips"/> gives their number.
    /// </summary>
    /// <param name="portrait">A portrait of this engine. It may be disposed once this has returned.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The session; the caller disposes it. Its frames begin when they are read.</returns>
    /// <exception cref="ArgumentException">
    /// The options contradict each other or need what the weights or the portrait lack, or the portrait is another engine's.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    /// <exception cref="EngineFullException">The engine serves as many live clips as it can in time.</exception>
    /// <exception cref="ObjectDisposedException">The portrait or the engine was disposed.</exception>
    public LiveSession OpenLive(PreparedPortrait portrait, LiveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(portrait);
        LiveOptions wanted = options ?? new LiveOptions();
        wanted.Validate();
        Validate(portrait.Engine, wanted.Wanted);
        LiveMotion? motion = null;
        LoadedPortrait leased = portrait.Lease();
        ClipSession session = BeginSession([leased], () => motion = new LiveMotion(context, leased, wanted), wanted.Wanted, progress: null, CostOf(wanted));
        return new LiveSession(session, motion!);
    }

    private double CostOf(LiveOptions wanted) => options.LiveClips is null && Capacity is { } measured
        ? measured.CostOfSession(wanted.Advance, wanted.Generation.Sampling.Steps, SpeechTimeline.WindowOf(context.Segments.Length))
        : 1;
}

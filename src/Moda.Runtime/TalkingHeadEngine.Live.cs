using Moda.Runtime.Options;
using Moda.Runtime.Sessions;
using Moda.Runtime.Workers;

namespace Moda.Runtime;

/// <content>Sessions that speak while they are written to.</content>
public sealed partial class TalkingHeadEngine
{
    /// <summary>
    /// Opens a live session: a portrait that is there for as long as wanted, says what is written to it a fraction of a second later, and
    /// breathes and blinks in between. It takes a place among the engine's live clips until it ends.
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
        options ??= new LiveOptions();
        options.Validate();
        Validate(portrait.Engine, options.Wanted);
        LiveMotion? motion = null;
        LoadedPortrait leased = portrait.Lease();
        ClipSession session = BeginSession([leased], () => motion = new LiveMotion(context, leased, options), options.Wanted, progress: null);
        return new LiveSession(session, motion!);
    }
}

using Moda.Runtime.Options;

namespace Moda.Runtime.Sessions;

/// <summary>
/// When the frames of a clip are due, in seconds of the engine's clock. A live clip is played from its first frame on; an offline clip's next
/// frame is due some time after the one before it was taken. Guarded by its clip's lock.
/// </summary>
/// <param name="isLive">Whether the clip is live.</param>
internal sealed class ClipPace(bool isLive)
{
    private double offlineDue;
    private double? playedFrom;

    /// <summary>Whether the clip is live.</summary>
    public bool IsLive => isLive;

    /// <summary>Whether the clip is live and its first frame has been read.</summary>
    public bool IsPlaying => isLive && playedFrom is not null;

    /// <summary>The clip begins.</summary>
    public void Begin(double now) => offlineDue = now;

    /// <summary>A frame is read, or it is known when the first one will be.</summary>
    public void Play(double from) => playedFrom ??= from;

    /// <summary>All frames are due later, since the clip could not be served.</summary>
    public void Postpone(double seconds) => playedFrom += seconds;

    /// <summary>A frame is taken to be rendered; an offline clip's next one is due after this time.</summary>
    public void Serve(double now, double patience) => offlineDue = now + patience;

    /// <summary>When a frame is due; before all others in a live clip that is not playing yet.</summary>
    /// <param name="frame">Its number in the clip.</param>
    public double DueOf(int frame) => !isLive ? offlineDue
        : playedFrom is { } start ? start + ((double)frame / GenerationOptions.FramesPerSecond)
        : double.NegativeInfinity;
}

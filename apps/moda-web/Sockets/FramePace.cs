using Moda.Runtime.Options;

namespace Moda.Web.Sockets;

/// <summary>
/// When the frames of a live session are sent: 25 in a second, evenly, so that a page may show each as it comes. The session makes them in
/// batches, most of them ahead of their time. The first frame waits for the time of one, within which others may be late and are not seen to be.
/// </summary>
internal sealed class FramePace
{
    /// <summary>How long a frame is shown, in seconds; by so much the first one is held back.</summary>
    public const double FrameSeconds = 1.0 / GenerationOptions.FramesPerSecond;

    // A session that is later than this was not read, or its engine is too slow: it goes on from there.
    private const double LongestDelay = 0.2;

    private double? start;

    /// <summary>When a frame is to be sent, in seconds; <paramref name="now"/> at the earliest. Frames are asked for in their order.</summary>
    /// <param name="frame">Its number.</param>
    /// <param name="now">The time now, from any beginning.</param>
    public double DueOf(int frame, double now)
    {
        start ??= now + FrameSeconds;
        double late = now - (start.Value + (frame * FrameSeconds));
        start += late > LongestDelay ? late : 0;
        return Math.Max(now, start.Value + (frame * FrameSeconds));
    }
}

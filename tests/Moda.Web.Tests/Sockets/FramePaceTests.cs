using Moda.Web.Sockets;
using Xunit;

namespace Moda.Web.Tests.Sockets;

public sealed class FramePaceTests
{
    private readonly FramePace pace = new();

    [Fact]
    public void Frames_that_come_at_once_are_sent_25_in_a_second()
    {
        Assert.Equal([10.04, 10.08, 10.12, 10.16], Enumerable.Range(0, 4).Select(frame => Math.Round(pace.DueOf(frame, 10), 6)));
    }

    [Fact]
    public void A_late_frame_is_sent_at_once_and_those_behind_it_in_their_places()
    {
        pace.DueOf(0, 10);
        Assert.Equal(10.1, pace.DueOf(1, 10.1));
        Assert.Equal(10.12, pace.DueOf(2, 10.1), 6);
    }

    [Fact]
    public void A_session_that_stood_still_goes_on_from_there()
    {
        pace.DueOf(0, 10);
        Assert.Equal(15, pace.DueOf(1, 15), 6);
        Assert.Equal(15.04, pace.DueOf(2, 15), 6);
    }
}

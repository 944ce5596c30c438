using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>
/// What a call takes of its thread: processor time, which does not depend on what else runs on the machine, and time on the clock, which shows
/// that it waited.
/// </summary>
internal sealed class CallerTime
{
    private const string ThreadTimes = "/proc/thread-self/schedstat";

    private readonly double processor = ProcessorMilliseconds();
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>Fails where the call has computed for more than 50 ms on this thread, or held it for more than a second.</summary>
    public void AssertSoon()
    {
        Assert.InRange(ProcessorMilliseconds() - processor, 0, 50);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 1000);
    }

    // The first of three numbers: nanoseconds on a processor. Elsewhere than on Linux the clock alone tells.
    private static double ProcessorMilliseconds() => File.Exists(ThreadTimes)
        ? double.Parse(File.ReadAllText(ThreadTimes).Split(' ')[0], CultureInfo.InvariantCulture) / 1e6
        : 0;
}

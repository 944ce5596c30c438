using Moda.Runtime.Processes;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>The ffmpeg of this machine, for tests that are skipped without one.</summary>
internal static class InstalledFfmpeg
{
    /// <summary>Finds it, or skips the test.</summary>
    public static Ffmpeg Require()
    {
        Ffmpeg? ffmpeg = Ffmpeg.TryLocate();
        Assert.SkipWhen(ffmpeg is null, "ffmpeg is not installed");
        return ffmpeg;
    }
}

using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>Shell scripts that stand in for ffmpeg.</summary>
internal static class StubProgram
{
    /// <summary>A program that does what a script says; the script may call the real one as <c>$FFMPEG</c>.</summary>
    public static Ffmpeg Write(TemporaryFolder folder, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        string path = folder.File("ffmpeg");
        File.WriteAllText(path, $"#!/bin/sh\nFFMPEG='{Ffmpeg.TryLocate()?.Path}'\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return Ffmpeg.Locate(path);
    }
}

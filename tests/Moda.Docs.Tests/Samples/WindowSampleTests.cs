using System.Diagnostics;
using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Samples;

/// <summary>Starts the window sample with SDL's drivers that need no screen and no sound, and ends it by a signal.</summary>
public sealed class WindowSampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_window_shows_a_frame_and_ends_when_it_is_told_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signal that ends another program in order");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process window = Start();
        try
        {
            Task<string> error = window.StandardError.ReadToEndAsync(cancellation);

            // The sample says its keys when the first frame is shown.
            string? line = await window.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
            Assert.SkipWhen(line is null && (await error).StartsWith("SDL2 is not installed", StringComparison.Ordinal), "there is no SDL2");
            Assert.Contains("Escape ends", line, StringComparison.Ordinal);

            await Shell.RunAsync(TestData.Repository, "kill", "-TERM", $"{window.Id}");
            await window.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);

            Assert.Equal("", await error);
            Assert.Equal(0, window.ExitCode);
        }
        finally
        {
            window.Kill(entireProcessTree: true);
        }
    }

    private static Process Start()
    {
        string program = Path.Combine(TestData.Repository, "samples", "Window", "bin", "Release", "net10.0", "Moda.Samples.Window.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SDL_VIDEODRIVER"] = "dummy", ["SDL_AUDIODRIVER"] = "dummy" },
        })!;
    }
}

using System.Diagnostics;
using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Runs that wait, on a pipe that nobody writes to, when a signal comes: the output's place is taken by then.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("moda-cli-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_ends_a_run_that_waits_and_leaves_nothing(string signal, int code)
    {
        using Process process = await StartWaitingAsync();

        Send(signal, process);
        long start = Stopwatch.GetTimestamp();
        await process.WaitForExitAsync(Token);

        Assert.Equal(code, process.ExitCode);
        // One second is what a user is promised; a test machine may be busy with other tests.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 4.5);
        Assert.Equal("moda: cancelled", (await process.StandardError.ReadToEndAsync(Token)).Trim());
        Assert.Equal([Path.Combine(folder, "pipe.png")], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_second_signal_ends_a_run_without_a_stack_trace()
    {
        using Process process = await StartWaitingAsync();

        Send("INT", process);
        Send("INT", process);
        await process.WaitForExitAsync(Token);

        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("   at ", await process.StandardError.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task What_a_killed_run_leaves_is_removed_by_the_next_one()
    {
        using Process process = await StartWaitingAsync();
        using Process living = await StartWaitingAsync();
        Send("KILL", process);
        await process.WaitForExitAsync(Token);
        Assert.Equal(4, Unfinished().Length);

        CommandRun next = await CommandRun.Of(Arguments(Path.Combine(folder, "nobody.png")));

        Assert.Equal(1, next.ExitCode);
        Assert.Equal(2, Unfinished().Length);
        Send("TERM", living);
        await living.WaitForExitAsync(Token);
        Assert.Empty(Unfinished());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Send(string signal, Process process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private async Task<Process> StartWaitingAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        string pipe = Path.Combine(folder, "pipe.png");
        if (!File.Exists(pipe))
        {
            using Process made = Process.Start("mkfifo", [pipe]);
            await made.WaitForExitAsync(Token);
        }
        int before = Unfinished().Length;
        Process process = CommandRun.Start(Arguments(pipe));
        while (Unfinished().Length < before + 2)
        {
            Assert.False(process.HasExited);
            await Task.Delay(50, Token);
        }
        await Task.Delay(300, Token);
        return process;
    }

    private string[] Arguments(string image) =>
        ["generate", "--image", image, "--audio", "absent.wav", "--out", Path.Combine(folder, "out.y4m"), "--weights", folder, "--device", "cpu"];

    private string[] Unfinished() => Directory.GetFiles(folder, ".moda-*");
}

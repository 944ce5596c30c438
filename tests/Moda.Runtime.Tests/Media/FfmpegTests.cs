using System.Diagnostics;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

public sealed class FfmpegTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_named_place_without_a_program_is_an_error_that_says_how_to_install()
    {
        FfmpegNotFoundException error = Assert.Throws<FfmpegNotFoundException>(() => Ffmpeg.Locate("/nowhere/ffmpeg"));

        Assert.Contains("/nowhere/ffmpeg", error.Message);
        Assert.Contains("ffmpeg'", error.Message);
        Assert.Contains(Ffmpeg.EnvironmentVariable, error.Message);
        Assert.Null(Ffmpeg.TryLocate("/nowhere/ffmpeg"));
    }

    [Fact]
    public void A_program_is_found_by_its_path_and_by_its_folder()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();

        Assert.Equal(ffmpeg.Path, Ffmpeg.Locate(ffmpeg.Path).Path);
        Assert.Equal(ffmpeg.Path, Ffmpeg.Locate(Path.GetDirectoryName(ffmpeg.Path)).Path);
    }

    [Fact]
    public async Task Bytes_pass_through_both_pipes_unchanged()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        byte[] samples = new byte[1_000_000];
        new Random(1).NextBytes(samples);
        using MemoryStream output = new();

        await ffmpeg.RunAsync(
            "copying samples",
            ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "pipe:0", "-f", "s16le", "-c:a", "copy", "pipe:1"],
            new MemoryStream(samples),
            output,
            Token);

        Assert.Equal(samples, output.ToArray());
    }

    [Fact]
    public async Task A_failure_carries_the_activity_and_what_ffmpeg_wrote()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();

        FfmpegException error = await Assert.ThrowsAsync<FfmpegException>(() => ffmpeg.RunAsync(
            "reading 'absent.wav'", ["-i", Ffmpeg.FileArgument("absent.wav"), "-f", "null", "-"], cancellationToken: Token));

        Assert.StartsWith("reading 'absent.wav'", error.Message);
        Assert.Contains("No such file", error.Message);
        Assert.NotEqual(0, error.ExitCode);
    }

    [Fact]
    public async Task File_names_are_never_read_as_options_or_commands()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using TemporaryFolder folder = new();
        string path = folder.File("-y $(touch hacked) \"quoted\" 100%:a.wav");

        await ffmpeg.RunAsync(
            "writing a wave",
            ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "pipe:0", "-f", "wav", Ffmpeg.FileArgument(path)],
            new MemoryStream(new byte[3200]),
            cancellationToken: Token);

        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Cancelling_ends_an_endless_run_within_a_second()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        source.CancelAfter(TimeSpan.FromMilliseconds(200));
        Stopwatch watch = Stopwatch.StartNew();

        // Endless silence at real time, written nowhere: nothing comes through the pipe that is being read.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ffmpeg.RunAsync(
            "waiting", ["-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"], cancellationToken: source.Token));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1.2), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Cancelling_ends_a_run_whose_input_never_ends()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        source.CancelAfter(TimeSpan.FromMilliseconds(200));
        Stopwatch watch = Stopwatch.StartNew();
        await using FfmpegProcess process = ffmpeg.Start("waiting", ["-f", "s16le", "-i", "pipe:0", "-f", "null", "-"]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            byte[] silence = new byte[1 << 16];
            while (true)
            {
                await process.StandardInput.WriteAsync(silence, source.Token);
            }
        });
        await process.DisposeAsync();

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1.2), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task A_child_that_holds_a_pipe_is_not_waited_for()
    {
        using TemporaryFolder folder = new();
        Ffmpeg program = StubProgram.Write(folder, "sleep 30 & echo done; exit 0");
        using MemoryStream output = new();
        Stopwatch watch = Stopwatch.StartNew();

        await program.RunAsync("leaving a child", [], output: output, cancellationToken: Token);

        Assert.Equal("done\n"u8.ToArray(), output.ToArray());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }
}

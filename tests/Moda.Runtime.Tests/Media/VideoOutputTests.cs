using System.Diagnostics;
using System.Text;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>What an output does with what is there already, and with programs that lie.</summary>
public sealed class VideoOutputTests : IDisposable
{
    private static readonly VideoFormat Format = new(64, 48, 25);
    private static readonly VideoOutputOptions Overwriting = new() { Overwrite = true };
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_exists_is_kept_unless_told_otherwise()
    {
        string path = Written("out.y4m", "mine");

        VideoFileException error = await RefuseAsync(path);
        string kept = await File.ReadAllTextAsync(path, Token);
        await WriteAsync(path, Overwriting);

        Assert.Contains("--overwrite", error.Message);
        Assert.Equal("mine", kept);
        Assert.StartsWith("YUV4MPEG2", await File.ReadAllTextAsync(path, Encoding.Latin1, Token));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_input_is_never_an_output()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs links");
        string path = Written("voice.y4m", "mine");
        File.CreateSymbolicLink(folder.File("link.y4m"), path);
        Directory.CreateSymbolicLink(folder.File("elsewhere"), folder.Path);

        foreach (string name in (string[])["voice.y4m", "link.y4m", "elsewhere/voice.y4m"])
        {
            VideoFileException error = await RefuseAsync(folder.File(name), Overwriting with { Inputs = [path] });
            Assert.Contains("it is the input", error.Message);
        }
        Assert.Equal("mine", await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task A_link_stays_and_what_it_leads_to_is_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs links");
        string path = Written("real.y4m", "mine");
        Process.Start("chmod", ["600", path]).WaitForExit();
        string link = folder.File("link.y4m");
        File.CreateSymbolicLink(link, "real.y4m");

        VideoFileException error = await RefuseAsync(link);
        await WriteAsync(link, Overwriting);

        Assert.Contains("it exists", error.Message);
        Assert.Equal("real.y4m", new FileInfo(link).LinkTarget);
        Assert.StartsWith("YUV4MPEG2", await File.ReadAllTextAsync(path, Encoding.Latin1, Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode);
    }

    [Fact]
    public async Task A_device_is_written_to_and_stays()
    {
        Assert.SkipUnless(File.Exists("/dev/null") && File.Exists("/dev/full"), "needs devices");

        await WriteAsync("/dev/null");
        VideoFileException full = await Assert.ThrowsAsync<VideoFileException>(() => WriteAsync("/dev/full"));

        Assert.Contains("disk is full", full.Message);
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [Fact]
    public async Task Only_our_own_frames_are_deleted()
    {
        string frames = folder.File("frames");
        Directory.CreateDirectory(frames);
        await WriteAsync(frames);
        await WriteAsync(frames);
        string foreign = Path.Combine(frames, "frame_0001.png");
        await File.WriteAllTextAsync(foreign, "mine", Token);
        string late = Path.Combine(frames, "frame_000007.png");
        await File.WriteAllTextAsync(late, "mine, and longer than any mark that a frame could carry at its end", Token);

        VideoFileException error = await RefuseAsync(frames);
        await WriteAsync(frames, Overwriting);

        Assert.Contains("no frame of an earlier clip", error.Message);
        Assert.Equal("mine", await File.ReadAllTextAsync(foreign, Token));
        Assert.StartsWith("mine", await File.ReadAllTextAsync(late, Token));
        Assert.Equal(5, Directory.GetFiles(frames).Length);
    }

    [Fact]
    public async Task A_folder_in_which_an_input_has_a_frame_s_name_is_refused()
    {
        string frames = folder.File("frames");
        Directory.CreateDirectory(frames);
        string input = Path.Combine(frames, "frame_000001.png");
        await File.WriteAllTextAsync(input, "mine", Token);

        VideoFileException error = await RefuseAsync(frames, Overwriting with { Inputs = [input] });

        Assert.Contains("lies in it", error.Message);
        Assert.Equal([input], Directory.GetFileSystemEntries(frames));
    }

    [Fact]
    public async Task A_missing_folder_and_an_unknown_container_are_said_at_once()
    {
        VideoFileException missing = await RefuseAsync(folder.File(Path.Combine("nowhere", "out.y4m")));
        VideoFileException container = await RefuseAsync(folder.File("out.webm"));

        Assert.Contains("there is no folder", missing.Message);
        Assert.Contains("'.webm' is not written", container.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task What_a_dead_run_has_left_is_removed_and_what_a_living_one_writes_is_not()
    {
        string dead = Path.Combine(folder.Path, $".moda-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(dead + ".lock", "", Token);
        await File.WriteAllTextAsync(dead + ".part", "half", Token);
        await File.WriteAllTextAsync(dead + ".second.part", "half", Token);
        string foreign = Written(".moda-notes.lock", "mine");
        await using VideoOutput living = await VideoOutput.PrepareAsync(folder.File("living.y4m"), cancellationToken: Token);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);

        await WriteAsync(folder.File("out.y4m"));
        await using (IVideoSink sink = await living.OpenAsync(Format, cancellationToken: Token))
        {
            await sink.CompleteAsync(Token);
        }

        Assert.Equal(
            [foreign, folder.File("living.y4m"), folder.File("out.y4m")], Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_encoder_that_does_not_work_is_passed_over_and_named()
    {
        using TemporaryFolder programs = new();
        StubProgram.Write(programs, """
            case "$*" in
                *libx264*) echo "Unknown encoder 'libx264'" >&2; exit 1;;
                *libopenh264*) echo "[libopenh264 @ 0x1] Incorrect library version loaded" >&2; exit 187;;
            esac
            exec "$FFMPEG" "$@"
            """);
        InstalledFfmpeg.Require();
        var options = new VideoOutputOptions { FfmpegPath = programs.File("ffmpeg") };

        await using IVideoSink sink = await VideoOutput.OpenAsync(folder.File("out.mp4"), Format, options: options, cancellationToken: Token);

        Assert.Contains("libx264 does not work (it is not built in)", sink.Notice);
        Assert.Contains("libopenh264 does not work ([libopenh264 @ 0x1] Incorrect library version loaded)", sink.Notice);
        Assert.Contains("mpeg4 is used instead", sink.Notice);
    }

    [Theory]
    [InlineData("exit 0", "wrote nothing")]
    [InlineData("case \"$*\" in *progress*) exit 0;; esac; exec \"$FFMPEG\" \"$@\"", "frames")]
    [InlineData("case \"$*\" in *progress*) cat >/dev/null; exit 0;; esac; exec \"$FFMPEG\" \"$@\"", "0 of 3 frames")]
    public async Task A_program_that_ends_with_success_and_has_written_nothing_fails(string script, string expected)
    {
        using TemporaryFolder programs = new();
        StubProgram.Write(programs, script);
        InstalledFfmpeg.Require();
        var options = new VideoOutputOptions { FfmpegPath = programs.File("ffmpeg") };

        Exception? error = await Record.ExceptionAsync(() => WriteAsync(folder.File("out.mp4"), options));

        Assert.True(error is VideoFileException or FfmpegException, $"{error}");
        Assert.True(error.Message.Contains(expected, StringComparison.Ordinal) || error.Message.Contains("failed", StringComparison.Ordinal), error.Message);
        Assert.DoesNotContain(".part", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_child_that_holds_the_pipes_of_ffmpeg_does_not_hold_up_the_video()
    {
        using TemporaryFolder programs = new();
        StubProgram.Write(programs, "sleep 30 &\nexec \"$FFMPEG\" \"$@\"");
        InstalledFfmpeg.Require();
        var options = new VideoOutputOptions { FfmpegPath = programs.File("ffmpeg") };
        Stopwatch watch = Stopwatch.StartNew();

        await WriteAsync(folder.File("out.mp4"), options);

        Assert.True(File.Exists(folder.File("out.mp4")));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"took {watch.Elapsed}");
    }

    [Fact]
    public async Task Videos_leave_no_descriptors_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        InstalledFfmpeg.Require();
        await WriteAsync(folder.File("first.mp4"));
        int before = PipesOf();

        for (int i = 0; i < 4; i++)
        {
            await WriteAsync(folder.File($"{i}.mp4"));
        }

        // Other tests run at the same time; five for each video stayed open.
        Assert.InRange(PipesOf() - before, int.MinValue, 9);

        static int PipesOf() => Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task The_sound_is_whole_and_ends_with_frames_that_end_early()
    {
        InstalledFfmpeg.Require();
        await using SoundTrack sound = await SoundTrack.DecodeAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);
        int frames = (int)(sound.Duration.TotalSeconds * 25);

        await WriteAsync(folder.File("whole.mp4"), sound: sound, frames: frames);
        await WriteAsync(folder.File("early.mp4"), sound: sound, frames: 25);

        await using SoundTrack whole = await SoundTrack.DecodeAsync(folder.File("whole.mp4"), cancellationToken: Token);
        await using SoundTrack early = await SoundTrack.DecodeAsync(folder.File("early.mp4"), cancellationToken: Token);
        Assert.InRange(whole.Duration.TotalSeconds, sound.Duration.TotalSeconds - 0.001, sound.Duration.TotalSeconds + 0.07);
        Assert.Equal(1, early.Duration.TotalSeconds, 0.1);
    }

    [Theory]
    [InlineData("out.mp4")]
    [InlineData("out.mov")]
    [InlineData("out.mkv")]
    public async Task The_sound_of_a_video_is_heard_when_the_networks_hear_it(string name)
    {
        InstalledFfmpeg.Require();
        await using SoundTrack sound = await SoundTrack.DecodeAsync(TestData.Path("faults", "late.mp4"), cancellationToken: Token);

        await WriteAsync(folder.File(name), sound: sound, frames: (int)(sound.Duration.TotalSeconds * 25));

        await using SoundTrack muxed = await SoundTrack.DecodeAsync(folder.File(name), cancellationToken: Token);
        (double start, double end) = await HeardAsync(sound);
        (double muxedStart, double muxedEnd) = await HeardAsync(muxed);
        Assert.Equal(start, muxedStart, 0.01);
        Assert.Equal(end, muxedEnd, 0.01);
    }

    public void Dispose() => folder.Dispose();

    private static async Task<(double Start, double End)> HeardAsync(SoundTrack sound)
    {
        await using ISampleReader reader = sound.OpenSpeech();
        float[] speech = await reader.ReadToEndAsync(Token);
        return (
            Array.FindIndex(speech, sample => Math.Abs(sample) > 0.05) / 16000.0,
            Array.FindLastIndex(speech, sample => Math.Abs(sample) > 0.05) / 16000.0);
    }

    private static async Task WriteAsync(string path, VideoOutputOptions? options = null, SoundTrack? sound = null, int frames = 3)
    {
        await using IVideoSink sink = await VideoOutput.OpenAsync(path, Format, sound, options, Token);
        byte[] pixels = new byte[Format.FrameLength];
        for (int i = 0; i < frames; i++)
        {
            await sink.WriteAsync(new VideoFrame(i, Format.TimestampOf(i), Format.Width, Format.Height, pixels), Token);
        }
        await sink.CompleteAsync(Token);
    }

    private static Task<VideoFileException> RefuseAsync(string path, VideoOutputOptions? options = null) =>
        Assert.ThrowsAsync<VideoFileException>(() => VideoOutput.PrepareAsync(path, options, Token));

    private string Written(string name, string text)
    {
        File.WriteAllText(folder.File(name), text);
        return folder.File(name);
    }
}

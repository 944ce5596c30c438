using System.Diagnostics;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

public sealed class VideoSinkTests : IDisposable
{
    private static readonly VideoFormat Format = new(64, 48, 25);
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("out.mp4")]
    [InlineData("out.mkv")]
    [InlineData("out.MOV")]
    public async Task A_video_shows_its_frames_at_their_rate(string name)
    {
        InstalledFfmpeg.Require();
        string path = folder.File(name);

        await WriteAsync(path, frames: 10);

        (byte[] decoded, string report) = await DecodeAsync(path);
        Assert.Equal(10 * Format.FrameLength, decoded.Length);
        Assert.Contains("h264", report);
        Assert.Contains("yuv420p", report);
        Assert.Contains("25 fps", report);
        Assert.Contains("bt709", report);
        for (int i = 0; i < 10; i++)
        {
            byte[] frame = decoded.AsSpan(i * Format.FrameLength, Format.FrameLength).ToArray();
            (double decibels, _, _) = ImageCompare(Frame(i).Pixels.ToArray(), frame);
            Assert.True(decibels > 30, $"frame {i}: {decibels:f1} dB");
        }
    }

    [Fact]
    public async Task Equal_frames_give_equal_files()
    {
        InstalledFfmpeg.Require();

        await WriteAsync(folder.File("a.mp4"), frames: 8, audioPath: TestData.Path("assets", "speech.wav"));
        await WriteAsync(folder.File("b.mp4"), frames: 8, audioPath: TestData.Path("assets", "speech.wav"));

        Assert.Equal(await File.ReadAllBytesAsync(folder.File("a.mp4"), Token), await File.ReadAllBytesAsync(folder.File("b.mp4"), Token));
    }

    [Fact]
    public async Task A_clip_shorter_than_its_audio_ends_the_audio()
    {
        InstalledFfmpeg.Require();
        string path = folder.File("short.mp4");

        await WriteAsync(path, frames: 50, audioPath: TestData.Path("assets", "speech.wav"));

        (double video, double audio) = await DurationsAsync(path);
        Assert.Equal(2.0, video, 0.001);
        Assert.Equal(2.0, audio, 0.1);
    }

    [Fact]
    public async Task Audio_shorter_than_its_clip_ends_the_clip()
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        string audio = folder.File("half a second.wav");
        await ffmpeg.RunAsync("cutting", ["-i", Ffmpeg.FileArgument(TestData.Path("assets", "speech.wav")), "-t", "0.5", Ffmpeg.FileArgument(audio)], cancellationToken: Token);
        string path = folder.File("cut.mp4");

        await WriteAsync(path, frames: 2000, audio);

        (double video, double sound) = await DurationsAsync(path);
        Assert.Equal(0.5, video, 0.1);
        Assert.Equal(0.5, sound, 0.1);
    }

    [Theory]
    [InlineData("frames")]
    [InlineData("out.y4m")]
    [InlineData("out.mp4")]
    public async Task A_cancelled_clip_leaves_nothing(string name)
    {
        InstalledFfmpeg.Require();
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Stopwatch watch = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using IVideoSink sink = await VideoOutput.OpenAsync(folder.File(name), Format, cancellationToken: source.Token);
            for (int i = 0; ; i++)
            {
                if (i == 20)
                {
                    await source.CancelAsync();
                    watch.Start();
                }
                await sink.WriteAsync(Frame(i), source.Token);
            }
        });

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"took {watch.Elapsed}");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("frames")]
    [InlineData("out.y4m")]
    [InlineData("out.mp4")]
    public async Task An_abandoned_clip_leaves_the_older_one(string name)
    {
        InstalledFfmpeg.Require();
        string path = folder.File(name);
        await WriteAsync(path, frames: 3);
        string[] before = Snapshot();

        await using (IVideoSink sink = await VideoOutput.OpenAsync(path, Format, options: new VideoOutputOptions { Overwrite = true }, cancellationToken: Token))
        {
            await sink.WriteAsync(Frame(9), Token);
        }

        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task A_folder_of_frames_holds_the_pixels_exactly_and_loses_older_frames_only()
    {
        string path = folder.File("frames") + Path.DirectorySeparatorChar;
        await WriteAsync(path, frames: 5);
        await File.WriteAllTextAsync(Path.Combine(path, "notes.txt"), "kept", Token);

        await WriteAsync(path, frames: 2, options: new VideoOutputOptions { Overwrite = true });

        Assert.Equal(["frame_000000.png", "frame_000001.png", "notes.txt"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
        Assert.Equal(Frame(1).Pixels.ToArray(), ImageFile.Load(Path.Combine(path, "frame_000001.png")).Pixels);
    }

    [Fact]
    public async Task A_y4m_stream_is_read_back_by_ffmpeg()
    {
        InstalledFfmpeg.Require();
        string path = folder.File("out.y4m");

        await WriteAsync(path, frames: 4);

        (byte[] decoded, string report) = await DecodeAsync(path);
        Assert.Contains("yuv444p", report);
        Assert.Equal(4 * Format.FrameLength, decoded.Length);
        (double decibels, _, _) = ImageCompare(Frame(3).Pixels.ToArray(), decoded.AsSpan(3 * Format.FrameLength).ToArray());
        Assert.True(decibels > 45, $"{decibels:f1} dB");
    }

    [Theory]
    [InlineData(0, 0, 0, 16, 128, 128)]
    [InlineData(255, 255, 255, 235, 128, 128)]
    [InlineData(255, 0, 0, 81, 90, 240)]
    [InlineData(0, 255, 0, 145, 54, 34)]
    [InlineData(0, 0, 255, 41, 240, 110)]
    public void Primary_colours_become_the_standard_s_values(byte r, byte g, byte b, byte y, byte cb, byte cr)
    {
        byte[] planes = new byte[3];

        Y4mSink.Convert([r, g, b], planes);

        Assert.Equal([y, cb, cr], planes);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_refused_before_the_first_frame()
    {
        InstalledFfmpeg.Require();
        string file = folder.File("a file");
        await File.WriteAllTextAsync(file, "", Token);

        foreach (string name in (string[])["out.mp4", "out.y4m", "frames"])
        {
            string path = Path.Combine(file, name);
            VideoFileException error = await Assert.ThrowsAsync<VideoFileException>(
                () => VideoOutput.OpenAsync(path, Format, cancellationToken: Token));
            Assert.Contains(path, error.Message);
        }
        Assert.Equal([file], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Unknown_endings_and_odd_sides_are_refused()
    {
        InstalledFfmpeg.Require();

        VideoFileException ending = await Assert.ThrowsAsync<VideoFileException>(
            () => VideoOutput.OpenAsync(folder.File("out.webm"), Format, cancellationToken: Token));
        VideoFileException side = await Assert.ThrowsAsync<VideoFileException>(
            () => VideoOutput.OpenAsync(folder.File("out.mp4"), new VideoFormat(63, 48, 25), cancellationToken: Token));

        Assert.Contains(".webm", ending.Message);
        Assert.Contains("63 x 48", side.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("frames")]
    [InlineData("out.y4m")]
    [InlineData("out.mp4")]
    public async Task A_full_disk_is_named_and_nothing_is_left_on_it(string name)
    {
        InstalledFfmpeg.Require();
        using SmallDisk disk = SmallDisk.MountOrSkip(folder.File("disk"), kilobytes: 16);
        Random random = new(1);
        byte[] noise = new byte[Format.FrameLength];

        VideoFileException error = await Assert.ThrowsAsync<VideoFileException>(async () =>
        {
            await using IVideoSink sink = await VideoOutput.OpenAsync(disk.File(name), Format, cancellationToken: Token);
            for (int i = 0; i < 100; i++)
            {
                random.NextBytes(noise);
                await sink.WriteAsync(Frame(i) with { Pixels = noise }, Token);
            }
            await sink.CompleteAsync(Token);
        });

        Assert.Contains("disk is full", error.Message);
        Assert.Contains(name, error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task A_frame_of_another_size_is_refused()
    {
        await using IVideoSink sink = await VideoOutput.OpenAsync(folder.File("frames"), new VideoFormat(32, 32, 25), cancellationToken: Token);

        await Assert.ThrowsAsync<ArgumentException>(async () => await sink.WriteAsync(Frame(0), Token));
    }

    public void Dispose() => folder.Dispose();

    private static VideoFrame Frame(int index)
    {
        byte[] pixels = new byte[Format.FrameLength];
        for (int i = 0; i < pixels.Length; i++)
        {
            int pixel = i / 3;
            int x = pixel % Format.Width;
            int y = pixel / Format.Width;
            pixels[i] = (byte)(128 + 90 * Math.Sin((x + y * 0.5 + index * 3) * 0.1 + i % 3));
        }
        return new VideoFrame(index, Format.TimestampOf(index), Format.Width, Format.Height, pixels);
    }

    private static (double, double, double) ImageCompare(byte[] expected, byte[] actual) => Imaging.ImageCase.Compare(expected, actual);

    private static async Task WriteAsync(string path, int frames, string? audioPath = null, VideoOutputOptions? options = null)
    {
        await using SoundTrack? sound = audioPath is null ? null : await SoundTrack.DecodeAsync(audioPath, cancellationToken: Token);
        await using IVideoSink sink = await VideoOutput.OpenAsync(path, Format, sound, options, Token);
        for (int i = 0; i < frames; i++)
        {
            await sink.WriteAsync(Frame(i), Token);
        }
        await sink.CompleteAsync(Token);
    }

    private static async Task<(byte[] Pixels, string Report)> DecodeAsync(string path)
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using MemoryStream pixels = new();
        string input = Ffmpeg.FileArgument(path);
        await ffmpeg.RunAsync("decoding", ["-i", input, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], output: pixels, cancellationToken: Token);
        // Without an output ffmpeg fails, but not before it has described the input.
        FfmpegException described = await Assert.ThrowsAsync<FfmpegException>(
            () => ffmpeg.RunAsync("describing", ["-loglevel", "info", "-i", input], cancellationToken: Token));
        return (pixels.ToArray(), described.StandardError);
    }

    private static async Task<(double Video, double Audio)> DurationsAsync(string path)
    {
        Ffmpeg ffmpeg = InstalledFfmpeg.Require();
        using MemoryStream video = new();
        using MemoryStream audio = new();
        string input = Ffmpeg.FileArgument(path);
        await ffmpeg.RunAsync("decoding", ["-i", input, "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], output: video, cancellationToken: Token);
        await ffmpeg.RunAsync("decoding", ["-i", input, "-map", "0:a", "-f", "s16le", "-ac", "1", "-ar", "16000", "pipe:1"], output: audio, cancellationToken: Token);
        return (video.Length / (Format.Width * Format.Height * Format.FramesPerSecond.PerSecond), audio.Length / 32000.0);
    }

    private string[] Snapshot() =>
    [
        .. Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order()
            .Select(file => $"{Path.GetRelativePath(folder.Path, file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];
}

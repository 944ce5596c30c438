using System.Globalization;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>What a video holds beside its frames, and frames with times of their own.</summary>
public sealed class AccompanimentTests : IDisposable
{
    private static readonly VideoFormat Format = new(64, 48, new FrameRate(30000, 1001));
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("out.mp4")]
    [InlineData("out.mkv")]
    public async Task An_exact_rate_is_kept(string name)
    {
        string path = folder.File(name);

        await WriteAsync(path, Format, frames: 12);

        await using VideoReader reader = await VideoReader.OpenAsync(path, InstalledFfmpeg.Require(), Token);
        Assert.Equal(Format.FramesPerSecond, reader.NominalRate);
    }

    [Fact]
    public async Task Pixels_that_are_not_square_stay_so()
    {
        string path = folder.File("wide.mp4");

        await WriteAsync(path, Format with { PixelAspect = 4 / 3.0 }, frames: 2);

        Assert.Equal(4 / 3.0, (await VideoFile.CheckAsync(path, Token)).PixelAspect, 0.02);
        Assert.Contains("SAR 4:3", await DescribeAsync(path));
    }

    [Theory]
    [InlineData("out.mp4")]
    [InlineData("out.mkv")]
    public async Task Frames_keep_their_own_times(string name)
    {
        string path = folder.File(name);
        double[] times = [0, 0.033, 0.1, 0.11, 0.5, 0.75];

        await WriteAsync(path, Format with { HasOwnTimes = true }, times.Length, new Accompaniment(), times);

        await using VideoReader reader = await VideoReader.OpenAsync(path, InstalledFfmpeg.Require(), Token);
        byte[] pixels = new byte[reader.FrameLength];
        foreach (double time in times)
        {
            TimeSpan read = await reader.ReadAsync(pixels, Token) ?? throw new InvalidOperationException($"There is no frame at {time} s.");
            Assert.Equal(time, read.TotalSeconds, 0.0016);
        }
        Assert.Null(await reader.ReadAsync(pixels, Token));
    }

    [Theory]
    [InlineData("out.mkv", "subrip")]
    [InlineData("out.mp4", "mov_text")]
    public async Task Subtitles_and_chapters_are_kept_in_the_container_s_own_form(string name, string codec)
    {
        string path = folder.File(name);

        string? notice = await WriteAsync(path, Format, frames: 30, new Accompaniment { StreamsOf = await SourceAsync() });

        string report = await DescribeAsync(path);
        Assert.Null(notice);
        Assert.Contains($"Subtitle: {codec}", report);
        Assert.Contains("Chapter #0:0", report);
        Assert.DoesNotContain("Audio:", report);
    }

    [Fact]
    public async Task The_source_s_own_sound_is_kept_behind_the_voice()
    {
        string path = folder.File("both.mp4");
        await using SoundTrack sound = await SoundTrack.DecodeAsync(TestData.Path("assets", "speech.wav"), cancellationToken: Token);

        await WriteAsync(path, Format, frames: 30, new Accompaniment { Sound = sound, StreamsOf = await SourceAsync(), KeepsSoundOfStreams = true });

        string report = await DescribeAsync(path);
        Assert.Equal(3, report.Split("Audio:").Length);
        string first = Assert.Single(report.Split('\n'), line => line.Contains("Audio:", StringComparison.Ordinal) && line.Contains("(default)", StringComparison.Ordinal));
        Assert.Contains("#0:1", first);
    }

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 15)]
    public async Task Frames_behind_the_sound_are_shown_or_left_out(bool outlast, int expected)
    {
        string half = await new TestVideos(InstalledFfmpeg.Require(), folder.Path).MakeAsync("half.wav", "-f", "lavfi", "-i", "sine", "-t", "0.5");
        await using SoundTrack sound = await SoundTrack.DecodeAsync(half, cancellationToken: Token);
        string path = folder.File("long.mp4");

        await WriteAsync(path, Format, frames: 100, new Accompaniment { Sound = sound, FramesOutlastSound = outlast });

        await using VideoReader reader = await VideoReader.OpenAsync(path, InstalledFfmpeg.Require(), Token);
        byte[] pixels = new byte[reader.FrameLength];
        int count = 0;
        while (await reader.ReadAsync(pixels, Token) is not null)
        {
            count++;
        }
        Assert.Equal(expected, count);
    }

    private static async Task<string?> WriteAsync(string path, VideoFormat format, int frames, Accompaniment? beside = null, double[]? times = null)
    {
        InstalledFfmpeg.Require();
        await using VideoOutput output = await VideoOutput.PrepareAsync(path, cancellationToken: Token);
        await using IVideoSink sink = await output.OpenAsync(format, beside ?? new Accompaniment(), Token);
        byte[] pixels = new byte[format.FrameLength];
        for (int i = 0; i < frames; i++)
        {
            Array.Fill(pixels, (byte)(10 * i));
            TimeSpan time = times is null ? format.TimestampOf(i) : TimeSpan.FromSeconds(times[i]);
            await sink.WriteAsync(new VideoFrame(i, time, format.Width, format.Height, pixels), Token);
        }
        await sink.CompleteAsync(Token);
        return sink.Notice;
    }

    // A video with sound, subtitles and a chapter.
    private async Task<string> SourceAsync()
    {
        string subtitles = folder.File("said.srt");
        await File.WriteAllTextAsync(subtitles, "1\n00:00:00,100 --> 00:00:00,900\nHello.\n", Token);
        string chapters = folder.File("chapters.txt");
        await File.WriteAllTextAsync(chapters, string.Create(CultureInfo.InvariantCulture, $";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND={1000}\ntitle=One\n"), Token);
        return await new TestVideos(InstalledFfmpeg.Require(), folder.Path).MakeAsync(
            "source.mkv", "-f", "lavfi", "-i", "color=size=64x48:rate=25", "-f", "lavfi", "-i", "sine", "-i", subtitles, "-i", chapters,
            "-map", "0", "-map", "1", "-map", "2", "-map_chapters", "3", "-t", "1", "-c:a", "aac", "-c:s", "srt");
    }

    private Task<string> DescribeAsync(string path) => new TestVideos(InstalledFfmpeg.Require(), folder.Path).DescribeAsync(path);
}

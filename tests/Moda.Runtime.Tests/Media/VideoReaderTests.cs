using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

public sealed class VideoReaderTests : IDisposable
{
    private const string Lossless = "libx264rgb";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Frames_come_with_their_times_and_exact_rate()
    {
        string path = await Videos().MakeAsync("ntsc.mp4", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=30000/1001", "-frames:v", "9", "-c:v", Lossless, "-qp", "0");

        (VideoReader reader, List<TimeSpan> times, _) = await ReadAsync(path);

        Assert.Equal(new FrameRate(30000, 1001), reader.NominalRate);
        Assert.Equal((64, 48), (reader.Width, reader.Height));
        Assert.Equal(9, times.Count);
        Assert.All(times, (time, index) => Assert.InRange(Math.Abs((time - reader.NominalRate.TimestampOf(index)).TotalMilliseconds), 0, 1.1));
    }

    [Fact]
    public async Task Pixels_are_those_of_the_file()
    {
        string path = await Videos().MakeAsync("colours.mkv", "-f", "lavfi", "-i", "color=c=0x4080C0:size=64x48:rate=25", "-frames:v", "2", "-c:v", Lossless, "-qp", "0");

        (_, _, List<byte[]> frames) = await ReadAsync(path);

        Assert.All(frames, frame => Assert.All(frame, (value, index) => Assert.InRange(value, new[] { 0x40, 0x80, 0xC0 }[index % 3] - 1, new[] { 0x40, 0x80, 0xC0 }[index % 3] + 1)));
    }

    [Fact]
    public async Task Frames_of_a_variable_rate_keep_their_own_times()
    {
        string path = await Videos().MakeAsync(
            "variable.mp4", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=30", "-vf", @"select=not(mod(n\,3))+not(mod(n\,7))", "-vsync", "vfr", "-frames:v", "8");

        (_, List<TimeSpan> times, _) = await ReadAsync(path);

        int[] shown = [0, 3, 6, 7, 9, 12, 14, 15];
        Assert.Equal(shown.Length, times.Count);
        Assert.All(times, (time, index) => Assert.Equal(shown[index] / 30.0, time.TotalSeconds, 0.0011));
    }

    [Fact]
    public async Task Rotated_frames_stand_upright()
    {
        TestVideos videos = Videos();
        string plain = await videos.MakeAsync("left.mp4", "-f", "lavfi", "-i", "color=black:size=64x48:rate=25", "-vf", "drawbox=x=0:y=0:w=20:h=48:color=white:t=fill", "-frames:v", "2");
        string path = await videos.MakeAsync("rotated.mp4", "-i", Ffmpeg.FileArgument(plain), "-c", "copy", "-metadata:s:v:0", "rotate=90");

        (VideoReader reader, _, List<byte[]> frames) = await ReadAsync(path);

        // What is white at the left lies at the top or at the bottom of a turned picture.
        Assert.Equal((48, 64), (reader.Width, reader.Height));
        int top = frames[0][(5 * 48 * 3) + 60];
        int bottom = frames[0][(58 * 48 * 3) + 60];
        Assert.True(Math.Abs(top - bottom) > 200, $"top {top}, bottom {bottom}");
    }

    [Theory]
    [InlineData("ten.mkv", "64x48", 64, 48, "-pix_fmt", "yuv420p10le", "-c:v", "ffv1")]
    [InlineData("odd.mkv", "65x47", 64, 46, "-pix_fmt", "yuv444p", "-c:v", "ffv1")]
    [InlineData("grey.mkv", "64x48", 64, 48, "-pix_fmt", "gray", "-c:v", "ffv1")]
    [InlineData("old.avi", "64x48", 64, 48, "-c:v", "mpeg4")]
    [InlineData("web.webm", "64x48", 64, 48, "-c:v", "libvpx")]
    public async Task Other_kinds_become_eight_bits_and_even_sides(string name, string size, int width, int height, params string[] encoding)
    {
        string path = await Videos().MakeAsync(name, ["-f", "lavfi", "-i", $"color=0x808080:size={size}:rate=25", "-frames:v", "3", .. encoding]);

        (VideoReader reader, List<TimeSpan> times, List<byte[]> frames) = await ReadAsync(path);

        Assert.Equal((width, height), (reader.Width, reader.Height));
        Assert.Equal(3, times.Count);
        Assert.All(frames[1], value => Assert.InRange(value, 0x80 - 3, 0x80 + 3));
    }

    [Fact]
    public async Task Interlaced_frames_are_deinterlaced()
    {
        TestVideos videos = Videos();
        string path = await videos.MakeAsync(
            "interlaced.mkv", "-f", "lavfi", "-i", "color=black:size=64x64:rate=50", "-f", "lavfi", "-i", "color=white:size=20x64:rate=50",
            "-filter_complex", "[0:v][1:v]overlay=x='3*n':y=0,interlace,setfield=tff", "-frames:v", "6", "-c:v", "mpeg2video", "-flags:v", "+ildct+ilme", "-q:v", "2");
        string progressive = await videos.MakeAsync("taken.mkv", "-i", Ffmpeg.FileArgument(path), "-vf", "setfield=prog", "-c:v", "ffv1");

        double combed = Combing((await ReadAsync(progressive)).Frames[3]);
        double deinterlaced = Combing((await ReadAsync(path)).Frames[3]);

        Assert.True(combed > 8, $"the test picture has lines that differ by {combed:0.0} only");
        Assert.InRange(deinterlaced, 0, combed / 2);

        // How much neighbouring lines differ.
        static double Combing(byte[] frame) =>
            Enumerable.Range(8 * 64 * 3, 40 * 64 * 3).Average(index => Math.Abs(frame[index] - frame[index + (64 * 3)]));
    }

    [Fact]
    public async Task Sound_alone_is_no_video()
    {
        string path = await Videos().MakeAsync("sound.m4a", "-f", "lavfi", "-i", "sine", "-t", "0.5");

        await AssertRefusedAsync(path, "it holds no video, only sound or other data. Give a file with a picture that moves.");
    }

    [Fact]
    public async Task A_cover_of_music_is_no_video()
    {
        string path = await Videos().MakeAsync(
            "song.mp3", "-f", "lavfi", "-i", "sine", "-i", TestData.Path("assets", "portrait.png"), "-t", "0.5", "-map", "0", "-map", "1", "-disposition:v", "attached_pic");

        await AssertRefusedAsync(path, "it holds no video");
    }

    [Fact]
    public async Task A_video_without_frames_is_named()
    {
        string path = await Videos().MakeAsync("none.avi", "-f", "lavfi", "-i", "color=size=64x48:rate=25", "-frames:v", "0", "-c:v", "mpeg4");

        await AssertRefusedAsync(path, "");
    }

    [Theory]
    [InlineData("cut.mp4", 0.5)]
    [InlineData("cut.mkv", 0.5)]
    [InlineData("late.mp4", 0.9)]
    public async Task A_file_that_is_cut_off_is_named(string name, double kept)
    {
        string whole = await Videos().MakeAsync("whole-" + name, "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-frames:v", "50", "-crf", "1");
        string path = folder.File(name);
        byte[] bytes = await File.ReadAllBytesAsync(whole, Token);
        await File.WriteAllBytesAsync(path, bytes[..(int)(bytes.Length * kept)], Token);

        await AssertRefusedAsync(path, "cut off");
    }

    [Fact]
    public async Task A_streamable_file_that_is_cut_off_is_named()
    {
        string whole = await Videos().MakeAsync("fast.mp4", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-frames:v", "50", "-crf", "1", "-movflags", "+faststart");
        string path = folder.File("cut-fast.mp4");
        byte[] bytes = await File.ReadAllBytesAsync(whole, Token);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)], Token);

        await AssertRefusedAsync(path, "it ends early, after");
    }

    [Theory]
    [InlineData("list.m3u8", "#EXTM3U\n#EXTINF:1,\nother.ts\n")]
    [InlineData("text.mp4", "this is no video")]
    [InlineData("empty.mp4", "")]
    public async Task What_is_no_video_file_is_refused(string name, string content)
    {
        Videos();
        string path = folder.File(name);
        await File.WriteAllTextAsync(path, content, Token);

        await AssertRefusedAsync(path, "");
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        Videos();
        FileNotFoundException error = await Assert.ThrowsAsync<FileNotFoundException>(() => VideoFile.CheckAsync(folder.File("nothing.mp4"), Token));

        Assert.Contains("There is no video", error.Message);
    }

    private static async Task AssertRefusedAsync(string path, string problem)
    {
        VideoFileException error = await Assert.ThrowsAsync<VideoFileException>(() => ReadAsync(path));

        Assert.StartsWith($"video '{path}': ", error.Message);
        Assert.Contains(problem, error.Message);
        Assert.DoesNotContain("file:", error.Message);
    }

    private TestVideos Videos() => new(InstalledFfmpeg.Require(), folder.Path);

    private static async Task<(VideoReader Reader, List<TimeSpan> Times, List<byte[]> Frames)> ReadAsync(string path)
    {
        await using VideoReader reader = await VideoReader.OpenAsync(path, InstalledFfmpeg.Require(), Token);
        List<TimeSpan> times = [];
        List<byte[]> frames = [];
        byte[] pixels = new byte[reader.FrameLength];
        while (await reader.ReadAsync(pixels, Token) is { } time)
        {
            times.Add(time);
            frames.Add([.. pixels]);
        }
        return (reader, times, frames);
    }
}

using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary><c>moda drive --video</c>.</summary>
public sealed class DriveVideoTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task A_video_is_driven_at_its_own_size_and_rate_and_keeps_its_sound()
    {
        string video = await place.Videos().SpeakingFaceAsync("talk.mp4", frames: 3, rate: 50);
        string output = place.Place("acted.mkv");

        CommandRun run = await Drive(video, output);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("3 of 320 x 240 at 50 fps", run.Output, StringComparison.Ordinal);
        Assert.Contains("preparing video:", run.Output, StringComparison.Ordinal);
        Assert.Equal(["aac"], await SoundsAsync(output));
    }

    [Fact]
    public async Task The_driving_video_is_heard_and_the_driven_one_behind_it_where_it_is_asked_for()
    {
        string video = await place.Videos().SpeakingFaceAsync("own.mp4", frames: 2, rate: 25);
        string driving = await place.Videos().SpeakingFaceAsync("driving.mp4", frames: 3, rate: 25);
        string heard = place.Place("heard.mkv");
        string both = place.Place("both.mkv");
        string none = place.Place("none.mkv");

        CommandRun[] runs =
        [
            await Drive(video, heard, "--driving", driving),
            await Drive(video, both, "--driving", driving, "--keep-sound"),
            await Drive(video, none, "--driving", driving, "--no-sound"),
        ];

        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.Error));
        Assert.Contains("2 of 320 x 240 at 25 fps", runs[0].Output, StringComparison.Ordinal);
        Assert.Single(await SoundsAsync(heard));
        Assert.Equal(2, (await SoundsAsync(both)).Length);
        Assert.Empty(await SoundsAsync(none));
    }

    [Fact]
    public async Task A_video_without_a_face_is_one_line()
    {
        string video = await place.Videos().FaceAsync("faceless.mp4", frames: 2, hidden: "1");

        AssertRefused(await Drive(video, place.Place("out.mp4")), 3, $"moda: No face was found in any of the 2 frames of video '{video}'.");
    }

    [Fact]
    public async Task A_video_that_is_cut_off_is_one_line()
    {
        string whole = await place.Videos().FaceAsync("whole.mp4", frames: 10);
        string cut = place.Place("cut.mp4");
        byte[] bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);

        AssertRefused(await Drive(cut, place.Place("out.mp4")), 1, $"moda: video '{cut}': it is not a video that can be read; it may be cut off or damaged.");
    }

    [Fact]
    public async Task The_video_is_never_replaced()
    {
        string video = await place.Videos().FaceAsync("kept.mp4", frames: 1);
        byte[] before = await File.ReadAllBytesAsync(video, TestContext.Current.CancellationToken);

        CommandRun run = await Drive(video, video, "--overwrite");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("it is the input", Assert.Single(run.Complaints));
        Assert.Equal(before, await File.ReadAllBytesAsync(video, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("out.mp4", "--image", "p.png", "moda: Whose face is driven?", 2)]
    [InlineData("out.mp4", "--landmarks", "p.json", "moda: --landmarks and --face-models are for the picture of --image", 1)]
    [InlineData("out.mp4", "--paste-back", "none", "moda: --paste-back none is for portraits", 1)]
    [InlineData("out.png", "--region", "all", "is a picture, but a video is driven", 1)]
    public async Task What_is_for_portraits_is_refused(string output, string option, string value, string expected, int exitCode)
    {
        CommandRun run = await Drive("any.mp4", place.Place(output), option, value);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.Complaints), StringComparison.Ordinal);
        Assert.False(File.Exists(place.Place(output)));
    }

    private Task<CommandRun> Drive(string video, string output, params string[] more)
    {
        string[] driving = more.Contains("--driving") ? [] : ["--driving", Template()];
        return CommandRun.Of(["drive", "--video", video, "--out", output, "--weights", place.Weights, "--device", "cpu", .. driving, .. more]);
    }

    private void AssertRefused(CommandRun run, int code, string start)
    {
        Assert.Equal(code, run.ExitCode);
        Assert.StartsWith(start, Assert.Single(run.Complaints));
        Assert.Empty(run.Output);
        Assert.False(File.Exists(place.Place("out.mp4")));
        Assert.Empty(Directory.GetFiles(place.Folder, ".moda-*"));
    }

    // Four frames at 25 a second.
    private string Template()
    {
        string path = place.Place("template.pkl");
        File.WriteAllBytes(path, MotionTemplates.Read("template"));
        return path;
    }

    // The codecs of a file's tracks of sound, in their order.
    private async Task<string[]> SoundsAsync(string path)
    {
        string[] lines = (await place.Videos().DescribeAsync(path)).Split('\n');
        return [.. lines.Where(line => line.Contains("Audio:", StringComparison.Ordinal)).Select(line => line.Split("Audio: ")[1].Split(',', ' ')[0])];
    }
}

using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

public sealed class DubTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task A_video_is_dubbed_at_its_own_size_and_rate()
    {
        string video = await place.Videos().FaceAsync("talk.mp4", frames: 3, rate: 30);
        string output = place.Place("dubbed.mp4");

        CommandRun run = await Dub(video, output, "--steps", "2");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("3 of 320 x 240 at 30 fps", run.Output);
        Assert.Contains("preparing video:", run.Output);
        Assert.True(new FileInfo(output).Length > 0);
    }

    [Fact]
    public async Task Several_faces_speak_with_a_voice_each_and_the_video_has_the_mix()
    {
        string video = await place.Videos().TwoFacesAsync("pair.mp4", frames: 2);
        string longer = place.Place("longer.wav");
        Workplace.WriteTone(longer, samples: 4480);
        string output = place.Place("both.mp4");

        CommandRun run = await CommandRun.Of(
            "dub", "--video", video, "--faces", "1,2", "--voice", $"2={longer}", "--voice", $"1={place.Voice}", "--out", output, "--weights",
            place.Weights, "--device", "cpu", "--steps", "2", "--length", "video");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("2 of 640 x 240 at 25 fps", run.Output);
        Assert.Contains("Audio:", await place.Videos().DescribeAsync(output));
    }

    [Theory]
    [InlineData("--voice 1={voice}", "--faces all")]
    [InlineData("--faces 1,2 --voice 1={voice}", "Face 2 has no voice")]
    [InlineData("--faces all --voice 1={voice} --audio {voice}", "one for each")]
    [InlineData("--faces all --face left --audio {voice}", "--face chooses one face")]
    [InlineData("--faces 1,3 --audio {voice}", "Face 3 of video")]
    [InlineData("--faces all --voice 1={voice}", "Face 2 has no voice")]
    public async Task Faces_and_voices_that_do_not_fit_are_refused(string arguments, string reason)
    {
        string video = await place.Videos().TwoFacesAsync("pair.mp4", frames: 1);

        CommandRun run = await CommandRun.Of(
        [
            "dub", "--video", video, "--out", place.Place("refused.mp4"), "--weights", place.Weights, "--device", "cpu",
            .. arguments.Replace("{voice}", place.Voice, StringComparison.Ordinal).Split(' '),
        ]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(reason, run.Error);
        Assert.Empty(Directory.GetFiles(place.Folder, "*refused*"));
    }

    [Fact]
    public async Task A_video_without_a_face_is_one_line()
    {
        string video = await place.Videos().FaceAsync("faceless.mp4", frames: 2, hidden: "1");

        AssertRefused(await Dub(video, place.Place("out.mp4")), 3, $"moda: No face was found in any of the 2 frames of video '{video}'.");
    }

    [Fact]
    public async Task A_video_without_sound_has_no_voice_of_its_own()
    {
        string video = await place.Videos().FaceAsync("mute.mp4", frames: 2);

        CommandRun run = await CommandRun.Of("dub", "--video", video, "--out", place.Place("out.mp4"), "--weights", place.Weights, "--device", "cpu");

        AssertRefused(run, 1, $"moda: '{video}' holds no sound, only a picture or other data.");
    }

    [Fact]
    public async Task Sound_alone_is_no_video()
    {
        AssertRefused(await Dub(place.Voice, place.Place("out.mp4")), 1, $"moda: video '{place.Voice}': it holds no video, only sound or other data.");
    }

    [Fact]
    public async Task A_video_that_is_cut_off_is_one_line()
    {
        string whole = await place.Videos().FaceAsync("whole.mp4", frames: 10);
        string cut = place.Place("cut.mp4");
        byte[] bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);

        AssertRefused(await Dub(cut, place.Place("out.mp4")), 1, $"moda: video '{cut}': it is not a video that can be read; it may be cut off or damaged.");
    }

    [Fact]
    public async Task A_video_without_frames_is_one_line()
    {
        string video = await place.Videos().MakeAsync("none.avi", "-f", "lavfi", "-i", "color=size=64x48:rate=25", "-frames:v", "0", "-c:v", "mpeg4");

        AssertRefused(await Dub(video, place.Place("out.mp4")), 1, $"moda: video '{video}': ");
    }

    [Fact]
    public async Task The_video_is_never_replaced()
    {
        string video = await place.Videos().FaceAsync("kept.mp4", frames: 1);
        byte[] before = await File.ReadAllBytesAsync(video, TestContext.Current.CancellationToken);

        CommandRun run = await Dub(video, video, "--overwrite");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("it is the input", Assert.Single(run.Complaints));
        Assert.Equal(before, await File.ReadAllBytesAsync(video, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        CommandRun run = await CommandRun.Of("dub", "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("moda dub --video interview.mp4 --audio translation.wav --out dubbed.mp4", run.Output);
        Assert.Contains("--length <video|audio|shortest>", run.Output);
    }

    private Task<CommandRun> Dub(string video, string output, params string[] more) => CommandRun.Of(
        ["dub", "--video", video, "--audio", place.Voice, "--out", output, "--weights", place.Weights, "--device", "cpu", .. more]);

    private void AssertRefused(CommandRun run, int code, string start)
    {
        Assert.Equal(code, run.ExitCode);
        Assert.StartsWith(start, Assert.Single(run.Complaints));
        Assert.Empty(run.Output);
        Assert.False(File.Exists(place.Place("out.mp4")));
        Assert.Empty(Directory.GetFiles(place.Folder, ".moda-*"));
    }
}

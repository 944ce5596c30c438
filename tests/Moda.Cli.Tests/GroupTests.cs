using System.Text.Json;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Testing;
using Moda.Testing.Faces;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>Several faces of one picture that speak in the same video.</summary>
public sealed class GroupTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task Faces_are_listed_from_left_to_right_and_speak_together_as_each_does_alone()
    {
        string image = Pair();
        CommandRun listing = await CommandRun.Of("generate", "--image", image, "--list-faces", "--device", "cpu");
        string landmarks = place.Place("pair.json");
        await File.WriteAllTextAsync(landmarks, listing.Output, TestContext.Current.CancellationToken);
        using var listed = JsonDocument.Parse(listing.Output);
        double[] columns = [.. listed.RootElement.GetProperty("faces").EnumerateArray().Select(face => face.GetProperty("box")[0].GetDouble())];
        Assert.Equal(2, columns.Length);
        Assert.True(columns[0] < columns[1]);

        string[] left = await GenerateFrames("left", image, landmarks, "--face", "1", "--audio", place.Voice);
        string[] right = await GenerateFrames("right", image, landmarks, "--face", "2", "--audio", place.Voice);
        string[] together = await GenerateFrames("together", image, landmarks, "--faces", "all", "--audio", place.Voice);

        byte[] picture = ImageFile.Load(image).Pixels;
        Assert.Equal(5, together.Length);
        for (int frame = 0; frame < together.Length; frame++)
        {
            byte[] expected = [.. picture];
            Assert.True(Move(picture, ImageFile.Load(left[frame]).Pixels, expected) > 1000);
            Assert.True(Move(picture, ImageFile.Load(right[frame]).Pixels, expected) > 1000);
            Assert.Equal(expected, ImageFile.Load(together[frame]).Pixels);
        }
    }

    [Fact]
    public async Task Faces_found_by_the_detector_speak_with_a_voice_each_until_the_longest_ends()
    {
        string longer = place.Place("longer.wav");
        Workplace.WriteTone(longer, samples: 4480);
        string output = place.Place(Workplace.VideoName("voices"));

        CommandRun run = await CommandRun.Of(
            "generate", "--image", Pair(), "--faces", "1,2", "--voice", $"2={longer}", "--voice", $"1={place.Voice}", "--out", output,
            "--weights", place.Weights, "--device", "cpu", "--steps", "2");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("frames:             7 of 1024 x 512", run.Output);
        if (output.EndsWith(".mp4", StringComparison.Ordinal))
        {
            await using SoundTrack sound = await SoundTrack.DecodeAsync(output, cancellationToken: TestContext.Current.CancellationToken);
            Assert.InRange(sound.Duration.TotalSeconds, 0.27, 0.35);
        }
    }

    [Theory]
    [InlineData("--voice 1={voice}", "--faces all")]
    [InlineData("--faces all --voice 1={voice} --audio {voice}", "one for each")]
    [InlineData("--faces 1,2 --voice 1={voice}", "Face 2 has no voice")]
    [InlineData("--faces 1 --voice 1={voice} --voice 2={voice}", "not among the chosen ones")]
    [InlineData("--faces all --audio {voice} --face 1", "--face chooses one face")]
    [InlineData("--faces all --audio {voice} --driving {voice}", "--driving is for one")]
    [InlineData("--faces all --audio {voice} --motion-out {voice}.safetensors", "--motion-out is for one")]
    [InlineData("--faces all --audio {voice} --paste-back none", "--paste-back none")]
    [InlineData("--faces all --list-faces", "--list-faces")]
    [InlineData("--faces 1,1 --audio {voice}", "face 1 twice")]
    [InlineData("--faces some --audio {voice}", "chooses no faces")]
    [InlineData("--faces all --voice anna.wav", "N=FILE")]
    [InlineData("--faces all --voice 1={voice} --voice 1={voice}", "two voices")]
    [InlineData("--faces 1", "--audio is needed")]
    public async Task What_makes_no_sense_together_is_refused(string arguments, string reason) => await AssertRefused(arguments, reason);

    [Theory]
    [InlineData("--faces 3 --audio {voice}", "Face 3 was asked for, but only 2 were found")]
    [InlineData("--faces all --voice 1={voice}", "Face 2 has no voice")]
    [InlineData("--faces all --voice 1={voice} --voice 2={voice} --voice 3={voice}", "not among the chosen ones: 1, 2")]
    public async Task Faces_and_voices_that_do_not_fit_the_picture_are_refused(string arguments, string reason)
    {
        // Two faces whose landmarks are known.
        string landmarks = place.Place("two.json");
        string points = "[[203, 100.75], [246.75, 103], [225, 126.25], [205.5, 141.25], [242.5, 142]]";
        await File.WriteAllTextAsync(
            landmarks,
            $$"""{"width": 512, "height": 512, "faces": [{"box": [180, 80, 90, 90], "landmarks": {{points}}}, {"box": [10, 80, 90, 90], "landmarks": {{points}}}]}""",
            TestContext.Current.CancellationToken);

        await AssertRefused($"{arguments} --landmarks {landmarks}", reason);
    }

    private async Task AssertRefused(string arguments, string reason)
    {
        CommandRun run = await CommandRun.Of(
        [
            "generate", "--image", place.Portrait, "--out", place.Place(Workplace.VideoName("refused")), "--weights", place.Weights, "--device", "cpu",
            .. arguments.Replace("{voice}", place.Voice, StringComparison.Ordinal).Split(' '),
        ]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(reason, run.Error);
        Assert.Empty(Directory.GetFiles(place.Folder, "*refused*"));
    }

    private async Task<string[]> GenerateFrames(string name, string image, string landmarks, params string[] more)
    {
        string frames = place.Place(name);
        CommandRun run = await CommandRun.Of(
        [
            "generate", "--image", image, "--landmarks", landmarks, "--out", frames + Path.DirectorySeparatorChar,
            "--weights", place.Weights, "--device", "cpu", "--steps", "2", .. more,
        ]);

        Assert.True(run.ExitCode == 0, run.Error);
        return [.. Directory.GetFiles(frames).Order()];
    }

    // The portrait, and the same flipped to its right.
    private string Pair()
    {
        RgbImage portrait = ImageFile.Load(place.Portrait);
        RgbImage flipped = FaceVariation.Flipped(portrait).Image;
        var pair = new RgbImage(2 * portrait.Width, portrait.Height);
        for (int y = 0; y < pair.Height; y++)
        {
            portrait.Row(y).CopyTo(pair.Row(y));
            flipped.Row(y).CopyTo(pair.Row(y)[portrait.Stride..]);
        }

        string image = place.Place("pair.png");
        ImageFile.Save(pair, image);
        return image;
    }

    // Takes over the bytes that differ from the picture, and counts them.
    private static int Move(byte[] picture, byte[] frame, byte[] to)
    {
        int moved = 0;
        for (int n = 0; n < picture.Length; n++)
        {
            if (frame[n] != picture[n])
            {
                to[n] = frame[n];
                moved++;
            }
        }

        return moved;
    }
}

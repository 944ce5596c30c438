using Moda.Testing;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary><c>moda drive</c>, <c>moda pose</c>, and the motion of <c>moda generate</c>.</summary>
public sealed class MotionTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public async Task Kept_motion_is_rendered_again_to_the_same_frames_without_the_voice()
    {
        string motion = place.Place("kept.safetensors");
        CommandRun spoken = await Run("generate", "--audio", place.Voice, "--steps", "2", "--out", place.Place("spoken/"), "--motion-out", motion);
        CommandRun again = await Run("generate", "--motion-in", motion, "--out", place.Place("again/"));

        Assert.Equal((0, 0), (spoken.ExitCode, again.ExitCode));
        string[] first = Frames("spoken");
        Assert.Equal(5, first.Length);
        Assert.Equal(first.Select(File.ReadAllBytes), Frames("again").Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task A_template_drives_a_portrait_and_is_kept_as_our_own_file()
    {
        CommandRun run = await Run("drive", "--driving", Template("template"), "--out", place.Place("driven/"), "--motion-out", place.Place("own.safetensors"), "--absolute");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(4, Frames("driven").Length);
        Assert.Contains("4 frames at 25 fps", run.Output, StringComparison.Ordinal);

        CommandRun refused = await Run("drive", "--driving", place.Place("own.safetensors"), "--out", place.Place("one.png"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is a picture, but the motion has 4 frames", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(place.Place("one.png")));
    }

    [Fact]
    public async Task A_foreign_template_gets_one_clear_line_and_leaves_nothing()
    {
        CommandRun run = await Run("drive", "--driving", Template("refuse_foreign"), "--out", place.Place("foreign/"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Nothing of it was executed", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.Place("foreign")));
    }

    [Fact]
    public async Task A_face_is_posed()
    {
        CommandRun run = await Run("pose", "--smile", "0.5", "--yaw", "10", "--out", place.Place("posed.png"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(place.Place("posed.png"), run.Output.Trim());
        Assert.True(File.Exists(place.Place("posed.png")));
        CommandRun again = await Run("pose", "--out", place.Place("posed.png"));
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("--overwrite", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pose", "--yaw", "26", "--yaw must be from -25 to 25, not 26.", 2)]
    [InlineData("pose", "--out", "a.mp4", "must be a picture", 1)]
    [InlineData("drive", "--driving", "missing.pkl", "missing.pkl", 1)]
    public async Task Bad_arguments_get_one_clear_line(string command, string option, string value, string expected, int exitCode)
    {
        string[] output = option == "--out" ? [] : ["--out", place.Place("bad.png")];
        CommandRun run = await Run([command, option, value, .. output]);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(place.Place("bad.png")));
    }

    private Task<CommandRun> Run(params string[] arguments) => CommandRun.Of(
        [.. arguments, "--image", place.Portrait, "--landmarks", place.Landmarks, "--weights", place.Weights, "--device", "cpu"]);

    private string[] Frames(string folder) => [.. Directory.GetFiles(place.Place(folder), "*.png").Order(StringComparer.Ordinal)];

    private string Template(string name)
    {
        string path = place.Place(name + ".pkl");
        File.WriteAllBytes(path, MotionTemplates.Read(name));
        return path;
    }
}

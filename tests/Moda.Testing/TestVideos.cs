using System.Globalization;
using Moda.Runtime.Processes;

namespace Moda.Testing;

/// <summary>Makes video files by ffmpeg.</summary>
/// <param name="ffmpeg">The program.</param>
/// <param name="folder">Where they are put.</param>
internal sealed class TestVideos(Ffmpeg ffmpeg, string folder)
{
    /// <summary>Makes a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">What ffmpeg does, without the output.</param>
    /// <returns>Its path.</returns>
    public async Task<string> MakeAsync(string name, params string[] arguments)
    {
        string path = Path.Combine(folder, name);
        await ffmpeg.RunAsync($"making '{name}'", [.. arguments, "-y", Ffmpeg.FileArgument(path)]);
        return path;
    }

    /// <summary>A portrait that moves to the right over a coloured, moving ground, 320 x 240.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="frames">Frames.</param>
    /// <param name="rate">Frames in a second.</param>
    /// <param name="hidden">An expression of ffmpeg in n: the frames in which there is no portrait.</param>
    /// <param name="encoding">How it is encoded.</param>
    public Task<string> FaceAsync(string name, int frames, int rate = 25, string hidden = "0", params string[] encoding) => MakeAsync(
        name,
        [
            "-f", "lavfi", "-i", $"testsrc2=size=320x240:rate={Text(rate)}", "-loop", "1", "-framerate", Text(rate), "-i", TestData.Path("assets", "portrait.png"),
            "-filter_complex", $"[1:v]scale=220:220[face];[0:v][face]overlay=x='20+2*n':y=10:enable='not({hidden})',format=yuv420p",
            "-frames:v", Text(frames), .. encoding.Length == 0 ? (string[])["-c:v", "libx264", "-crf", "10", "-preset", "veryfast"] : encoding,
        ]);

    /// <summary>Two portraits that move towards each other over a coloured, moving ground, 640 x 240.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="frames">Frames.</param>
    /// <param name="hidden">An expression of ffmpeg in n: the frames in which there is no right portrait.</param>
    public Task<string> TwoFacesAsync(string name, int frames, string hidden = "0") => MakeAsync(
        name,
        [
            "-f", "lavfi", "-i", "testsrc2=size=640x240:rate=25", "-loop", "1", "-framerate", "25", "-i", TestData.Path("assets", "portrait.png"),
            "-filter_complex",
            "[1:v]scale=220:220,split[left][mirrored];[mirrored]hflip[right];[0:v][left]overlay=x='20+2*n':y=10[one];"
                + $"[one][right]overlay=x='400-2*n':y=10:enable='not({hidden})',format=yuv420p",
            "-frames:v", Text(frames), "-c:v", "libx264", "-crf", "10", "-preset", "veryfast",
        ]);

    /// <summary>A video of one portrait with a second of a tone.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="frames">Frames.</param>
    /// <param name="rate">Frames in a second.</param>
    public async Task<string> SpeakingFaceAsync(string name, int frames, int rate = 25) => await MakeAsync(
        name, "-i", Ffmpeg.FileArgument(await FaceAsync("mute-" + name, frames, rate)), "-f", "lavfi", "-i", "sine", "-t", "1", "-c:v", "copy", "-c:a", "aac");

    /// <summary>What ffmpeg says about a file: its container, and a line for each stream.</summary>
    /// <param name="path">The file.</param>
    public async Task<string> DescribeAsync(string path)
    {
        try
        {
            await ffmpeg.RunAsync("describing", ["-loglevel", "info", "-i", Ffmpeg.FileArgument(path)]);
        }
        catch (FfmpegException described)
        {
            // Without an output ffmpeg fails, but not before it has described the input.
            return described.StandardError;
        }

        throw new InvalidOperationException($"ffmpeg ended with success, but has nothing to do with '{path}'.");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

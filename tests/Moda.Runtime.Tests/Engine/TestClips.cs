using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;
using Moda.Runtime.Tests.Media;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Videos as sources of clips: made, decoded, read, and compared.</summary>
internal static class TestClips
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Options that no video can be rendered with.</summary>
    /// <param name="usual">Those that it can be.</param>
    public static GenerationOptions[] NotForVideos(GenerationOptions usual) =>
        [usual with { Pace = Pace.Live }, usual with { PasteBack = PasteBackMode.None }];

    /// <summary>Makes videos in a folder; skips the test where there is no ffmpeg.</summary>
    public static TestVideos VideosIn(TemporaryFolder folder) => new(InstalledFfmpeg.Require(), folder.Path);

    /// <summary>All frames of a file, [height, width, 3] each.</summary>
    public static async Task<byte[][]> DecodeAsync(string path)
    {
        await using VideoReader reader = await VideoReader.OpenAsync(path, Ffmpeg.Locate(), Token);
        List<byte[]> frames = [];
        byte[] pixels = new byte[reader.FrameLength];
        while (await reader.ReadAsync(pixels, Token) is not null)
        {
            frames.Add([.. pixels]);
        }

        return [.. frames];
    }

    /// <summary>Reads a clip to its end and keeps its frames.</summary>
    public static async Task<List<VideoFrame>> ReadAsync(TalkingClip clip)
    {
        var frames = new List<VideoFrame>();
        await foreach (VideoFrame frame in clip.WithCancellation(Token))
        {
            frames.Add(frame with { Pixels = frame.Pixels.ToArray() });
        }

        return frames;
    }

    /// <summary>Takes over the pixels of a frame that differ from its picture.</summary>
    /// <returns>The number of their bytes.</returns>
    public static int TakeOver(byte[] picture, byte[] frame, byte[] to)
    {
        int taken = 0;
        for (int n = 0; n < picture.Length; n++)
        {
            if (frame[n] != picture[n])
            {
                to[n] = frame[n];
                taken++;
            }
        }

        return taken;
    }

    /// <summary>
    /// Requires that a frame of <see cref="TestVideos.FaceAsync"/> has another face, and nothing else that is new. The portrait's face is at
    /// (222, 120) of 512 and 220 wide over the ground, which the crop surrounds by far less than 120 pixels.
    /// </summary>
    public static void AssertOnlyTheFaceIsNew(int index, byte[] source, VideoFrame frame)
    {
        byte[] made = frame.Pixels.ToArray();
        int faceX = 20 + (2 * index) + 95;
        Assert.InRange(LargestDifference(x => Math.Abs(x - faceX) > 130), 0, 1);
        Assert.True(LargestDifference(x => Math.Abs(x - faceX) < 20) > 8, $"frame {index} has no new face");

        int LargestDifference(Func<int, bool> isIn) =>
            Enumerable.Range(0, source.Length).Where(place => isIn(place / 3 % 320)).Max(place => Math.Abs(source[place] - made[place]));
    }
}

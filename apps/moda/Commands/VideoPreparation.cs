using System.Globalization;
using Moda.Cli.Terminal;
using Moda.Runtime;
using Moda.Runtime.Faces;

namespace Moda.Cli.Commands;

/// <summary>Prepares the video whose face a command changes.</summary>
internal static class VideoPreparation
{
    /// <summary>Follows the face, and says how many frames have none.</summary>
    public static async Task<PreparedVideo> PrepareAsync(
        TalkingHeadEngine engine, string path, FaceChoice face, StageReport stages, CancellationToken cancellation)
    {
        PreparedVideo video = await engine.PrepareVideoAsync(path, face, framing: null, stages, cancellation);
        if (video.FramesWithoutFace > 0)
        {
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"note: {video.FramesWithoutFace} of {video.FrameCount} frames have no face and stay as they are."));
        }

        return video;
    }
}

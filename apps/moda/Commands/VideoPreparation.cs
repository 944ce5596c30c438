using System.Globalization;
using Moda.Cli.Terminal;
using Moda.Runtime;
using Moda.Runtime.Faces;

namespace Moda.Cli.Commands;

/// <summary>Prepares the video whose faces a command changes.</summary>
internal static class VideoPreparation
{
    /// <summary>Follows the faces, and says how many frames have none.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="path">The video.</param>
    /// <param name="face">Which face, where there are several.</param>
    /// <param name="faces">Several faces, instead of the one; null for one.</param>
    /// <param name="stages">Told after each frame.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<PreparedVideo> PrepareAsync(
        TalkingHeadEngine engine, string path, FaceChoice face, FaceSelection? faces, StageReport stages, CancellationToken cancellation)
    {
        PreparedVideo video = faces is null
            ? await engine.PrepareVideoAsync(path, face, framing: null, stages, cancellation)
            : await engine.PrepareVideoAsync(path, faces, framing: null, stages, cancellation);
        if (video.FramesWithoutFace > 0)
        {
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"note: {video.FramesWithoutFace} of {video.FrameCount} frames have no face and stay as they are."));
        }

        return video;
    }
}

using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Web.Jobs;

namespace Moda.Web.Kinds;

/// <summary>Writes clips of the engine, which are limited by the number of jobs at work.</summary>
internal static class ClipWriter
{
    /// <summary>Writes a clip as it is made.</summary>
    /// <param name="clip">Its frames.</param>
    /// <param name="sound">What is heard with them, and may end before them; null for none.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<TalkingHeadVideoSummary> WriteAsync(TalkingClip clip, SoundTrack? sound, VideoTarget target, CancellationToken cancellationToken)
    {
        var beside = new Accompaniment { Sound = sound, FramesOutlastSound = true };
        await using IVideoSink sink = await VideoOutput.OpenAsync(
            target.Destination, StreamContainer.FragmentedMp4, clip.Format, beside, target.Tags, cancellationToken);
        int frames = 0;
        await foreach (VideoFrame frame in clip.WithCancellation(cancellationToken))
        {
            await sink.WriteAsync(frame, cancellationToken);
            frames++;
        }

        await sink.CompleteAsync(cancellationToken);
        return new TalkingHeadVideoSummary(clip.Format, frames, "video/mp4");
    }
}

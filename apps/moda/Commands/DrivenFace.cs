using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;

namespace Moda.Cli.Commands;

/// <summary>Whose face <c>moda drive</c> moves: a portrait's, or a video's.</summary>
internal sealed class DrivenFace
{
    private readonly DriveRequest request;
    private readonly LoadedImage? picture;
    private Portrait? portrait;
    private TimeSpan videoStart;

    private DrivenFace(DriveRequest request, LoadedImage? picture)
    {
        this.request = request;
        this.picture = picture;
    }

    /// <summary>What it is, for the summary.</summary>
    public string Subject => picture is null ? "video" : "portrait";

    /// <summary>Reads the picture, or looks whether the video can be read.</summary>
    public static async Task<DrivenFace> OpenAsync(DriveRequest request, CancellationToken cancellation)
    {
        if (request.Portrait.Finder is { } finder)
        {
            return new DrivenFace(request, await finder.LoadImageAsync(cancellation));
        }

        await VideoFile.CheckAsync(request.Video!, cancellation);
        return new DrivenFace(request, picture: null);
    }

    /// <summary>Finds the face of a portrait. That of a video is followed by the engine.</summary>
    public void Find(Device device, CancellationToken cancellation) =>
        portrait = picture is null ? null : request.Portrait.Finder!.Find(picture, device, cancellation);

    /// <summary>Prepares the face and begins to drive it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="motion">What drives it.</param>
    /// <param name="summary">Told when the face is prepared.</param>
    /// <param name="stages">Told as the stages go on.</param>
    /// <param name="cancellation">Ends the preparation.</param>
    /// <returns>The clip; the caller disposes it.</returns>
    public async Task<TalkingClip> DriveAsync(
        TalkingHeadEngine engine, MotionTemplate motion, GenerationSummary summary, StageReport stages, CancellationToken cancellation)
    {
        if (portrait is not null)
        {
            using PreparedPortrait prepared = await engine.PrepareAsync(portrait, cancellation);
            summary.PortraitIsPrepared();
            return engine.Drive(prepared, motion, request.Generation, stages);
        }

        using PreparedVideo video = await VideoPreparation.PrepareAsync(engine, request.Video!, request.Portrait.Face, faces: null, stages, cancellation);
        summary.PortraitIsPrepared();
        videoStart = video.Start;
        return engine.Drive(video, motion, request.Generation, stages);
    }

    /// <summary>What the result holds beside its frames: the driving sound, and of a driven video its streams, and its sound where there is no other.</summary>
    /// <param name="sound">The driving video's; null where there is none.</param>
    public Accompaniment Beside(SoundTrack? sound) => new()
    {
        Sound = sound,
        FramesOutlastSound = true,
        StreamsOf = request.Video,
        StreamsStart = videoStart,
        KeepsSoundOfStreams = request.KeepsOwnSound || (sound is null && request.KeepsSound),
    };
}

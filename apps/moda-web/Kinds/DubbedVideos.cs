using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Web.Configuration;
using Moda.Web.Jobs;
using Moda.Web.Media;
using Moda.Web.Portraits;
using Moda.Web.Uploads;

namespace Moda.Web.Kinds;

/// <summary>Videos whose lips follow a voice, which is then their sound.</summary>
internal sealed class DubbedVideos(ITalkingHeadClient client, MediaReader media, VideoInspector videos, IOptions<ServiceOptions> options) : IVideoKind
{
    /// <inheritdoc/>
    public VideoKind Kind => VideoKind.Dub;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Files { get; } = InputFiles.LimitsOf(options.Value, InputFiles.VideoName, InputFiles.VoiceName);

    /// <inheritdoc/>
    public VideoOptions ReadOptions(IReadOnlyDictionary<string, string> texts) => OptionFields.ReadDub(texts);

    /// <summary>Refuses what cannot become a video. Whether a frame has the face, only the work itself finds out: it looks at all of them.</summary>
    /// <inheritdoc/>
    public async Task<VideoLength> LookAsync(InputFiles files, VideoOptions options, CancellationToken cancellationToken)
    {
        var wanted = (DubOptions)options;
        FaceChecks.RequireParser(PortraitShelf.EngineOf(client), wanted.PasteBack);
        VideoFacts video = await videos.LookAsync(files.Video, InputFiles.VideoName, cancellationToken);
        await using SoundTrack voice = await media.ReadVoiceAsync(files.Voice, cancellationToken);
        var asVideo = new VideoLength(video.Duration, video.Frames);
        var asVoice = new VideoLength(voice.Duration, (int)Math.Ceiling(voice.Duration.TotalSeconds * video.Format.FramesPerSecond.PerSecond));
        return wanted.Length switch
        {
            DubbingLength.Video => asVideo,
            DubbingLength.Audio => asVoice,
            _ => asVideo.Duration <= asVoice.Duration ? asVideo : asVoice,
        };
    }

    /// <inheritdoc/>
    public async Task<TalkingHeadVideoSummary> WriteAsync(InputFiles files, VideoOptions options, VideoTarget target, CancellationToken cancellationToken)
    {
        var wanted = (DubOptions)options;
        TalkingHeadEngine engine = PortraitShelf.EngineOf(client);
        await using SoundTrack voice = await media.ReadVoiceAsync(files.Voice, cancellationToken);
        using PreparedVideo video = wanted.ToFaceSelection() is { } faces
            ? await engine.PrepareVideoAsync(files.Video, faces, framing: null, target.Progress, cancellationToken)
            : await engine.PrepareVideoAsync(files.Video, wanted.ToFaceChoice(), framing: null, target.Progress, cancellationToken);
        ISampleReader[] readers = [.. video.FaceNumbers.Select(_ => voice.OpenSpeech())];
        try
        {
            await using TalkingClip clip = engine.Dub(video, readers, wanted.ToDubbing(), target.Progress);
            return await ClipWriter.WriteAsync(clip, voice, target, cancellationToken);
        }
        finally
        {
            foreach (ISampleReader reader in readers)
            {
                await reader.DisposeAsync();
            }
        }
    }
}

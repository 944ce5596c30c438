using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Web.Configuration;
using Moda.Web.Jobs;
using Moda.Web.Media;
using Moda.Web.Portraits;
using Moda.Web.Uploads;

namespace Moda.Web.Kinds;

/// <summary>Portraits that speak with a voice.</summary>
internal sealed class TalkingVideos(ITalkingHeadClient client, MediaReader media, IOptions<ServiceOptions> options) : IVideoKind
{
    /// <inheritdoc/>
    public VideoKind Kind => VideoKind.Talking;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Files { get; } = InputFiles.LimitsOf(options.Value, InputFiles.PortraitName, InputFiles.VoiceName);

    /// <inheritdoc/>
    public VideoOptions ReadOptions(IReadOnlyDictionary<string, string> texts) => OptionFields.ReadTalking(texts);

    /// <inheritdoc/>
    public async Task<VideoLength> LookAsync(InputFiles files, VideoOptions options, CancellationToken cancellationToken)
    {
        var wanted = (TalkingOptions)options;
        FaceChecks.RequireParser(PortraitShelf.EngineOf(client), wanted.PasteBack);
        await FaceChecks.RequireFaceAsync(client, media, files.Portrait, InputFiles.PortraitName, wanted.ToFaceChoice(), cancellationToken);
        await using SoundTrack voice = await media.ReadVoiceAsync(files.Voice, cancellationToken);
        return new VideoLength(voice.Duration, (int)Math.Ceiling(voice.Duration.TotalSeconds * GenerationOptions.FramesPerSecond));
    }

    /// <inheritdoc/>
    public async Task<TalkingHeadVideoSummary> WriteAsync(InputFiles files, VideoOptions options, VideoTarget target, CancellationToken cancellationToken)
    {
        var wanted = (TalkingOptions)options;
        RgbImage picture = await media.ReadPictureAsync(files.Portrait, InputFiles.PortraitName, cancellationToken);
        await using SoundTrack voice = await media.ReadVoiceAsync(files.Voice, cancellationToken);
        var request = new TalkingHeadRequest(picture, voice)
        {
            Face = wanted.ToFaceChoice(),
            Options = wanted.ToGeneration(),
            Container = StreamContainer.FragmentedMp4,
            Tags = target.Tags,
            Progress = target.Progress,
        };
        return await client.WriteVideoAsync(request, target.Destination, cancellationToken);
    }
}

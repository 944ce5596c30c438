using System.Globalization;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Progress;
using Moda.Web.Configuration;
using Moda.Web.Failures;
using Moda.Web.Jobs;
using Moda.Web.Media;
using Moda.Web.Portraits;
using Moda.Web.Uploads;

namespace Moda.Web.Kinds;

/// <summary>Portraits that move as a video, a picture or kept motion does. The sound is the driving video's.</summary>
internal sealed class DrivenVideos(ITalkingHeadClient client, MediaReader media, VideoInspector videos, IOptions<ServiceOptions> options) : IVideoKind
{
    private readonly ServiceOptions limits = options.Value;

    /// <inheritdoc/>
    public VideoKind Kind => VideoKind.Drive;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Files { get; } = InputFiles.LimitsOf(options.Value, InputFiles.PortraitName, InputFiles.DrivingName);

    /// <inheritdoc/>
    public VideoOptions ReadOptions(IReadOnlyDictionary<string, string> texts) => OptionFields.ReadDrive(texts);

    /// <inheritdoc/>
    public async Task<VideoLength> LookAsync(InputFiles files, VideoOptions options, CancellationToken cancellationToken)
    {
        var wanted = (DriveOptions)options;
        FaceChecks.RequireParser(PortraitShelf.EngineOf(client), wanted.PasteBack);
        await FaceChecks.RequireFaceAsync(client, media, files.Portrait, InputFiles.PortraitName, wanted.ToFaceChoice(), cancellationToken);
        switch (DrivingFile.KindOf(files.Driving))
        {
            case DrivingFileKind.Motion:
                MotionTemplate motion = await LoadMotionAsync(files, cancellationToken);
                RequireOpenings(motion, wanted);
                return new VideoLength(TimeSpan.FromSeconds(motion.Frames / motion.FramesPerSecond), motion.Frames);
            case DrivingFileKind.Picture:
                await FaceChecks.RequireFaceAsync(client, media, files.Driving, InputFiles.DrivingName, wanted.ToDrivingFaceChoice(), cancellationToken);
                return new VideoLength(TimeSpan.FromSeconds(1.0 / Runtime.Options.GenerationOptions.FramesPerSecond), Frames: 1);
            case DrivingFileKind.Pickle:
                throw ApiException.Unusable(
                    "invalid_driving", "'driving' is a pickle, which the service does not read. 'moda drive --motion-out' makes safetensors of it.");
            default:
                VideoFacts video = await videos.LookAsync(files.Driving, InputFiles.DrivingName, cancellationToken);
                if (wanted.Sound)
                {
                    videos.RequireSound(video, InputFiles.DrivingName);
                }

                return new VideoLength(video.Duration, video.Frames);
        }
    }

    /// <inheritdoc/>
    public async Task<TalkingHeadVideoSummary> WriteAsync(InputFiles files, VideoOptions options, VideoTarget target, CancellationToken cancellationToken)
    {
        var wanted = (DriveOptions)options;
        TalkingHeadEngine engine = PortraitShelf.EngineOf(client);
        RgbImage picture = await media.ReadPictureAsync(files.Portrait, InputFiles.PortraitName, cancellationToken);
        DrivingFileKind driving = DrivingFile.KindOf(files.Driving);
        MotionTemplate motion = await ReadMotionAsync(engine, files, driving, wanted, target.Progress, cancellationToken);
        await using SoundTrack? sound = wanted.Sound && driving == DrivingFileKind.Video
            ? await media.ReadSoundOfVideoAsync(files.Driving, InputFiles.DrivingName, cancellationToken)
            : null;
        using PreparedPortrait portrait = await engine.PrepareAsync(picture, wanted.ToFaceChoice(), cancellationToken: cancellationToken);
        await using TalkingClip clip = engine.Drive(portrait, motion, wanted.ToGeneration(), target.Progress);
        return await ClipWriter.WriteAsync(clip, sound, target, cancellationToken);
    }

    private async Task<MotionTemplate> ReadMotionAsync(
        TalkingHeadEngine engine,
        InputFiles files,
        DrivingFileKind kind,
        DriveOptions wanted,
        IProgress<GenerationProgress> progress,
        CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case DrivingFileKind.Motion:
                return await LoadMotionAsync(files, cancellationToken);
            case DrivingFileKind.Picture:
                RgbImage driving = await media.ReadPictureAsync(files.Driving, InputFiles.DrivingName, cancellationToken);
                return await engine.ReadMotionAsync(driving, wanted.ToDrivingFaceChoice(), wanted.ToCrop(), cancellationToken);
            default:
                using (PreparedVideo video = await engine.PrepareVideoAsync(
                    files.Driving, wanted.ToDrivingFaceChoice(), framing: null, progress, cancellationToken))
                {
                    return await engine.ReadMotionAsync(video, wanted.ToCrop(), progress, cancellationToken);
                }
        }
    }

    // Motion of a video or of a picture always says how far eyes and lips are open.
    private static void RequireOpenings(MotionTemplate motion, DriveOptions wanted)
    {
        if ((wanted.RetargetEyes && motion.EyeRatios.IsEmpty) || (wanted.RetargetLips && motion.LipRatios.IsEmpty))
        {
            throw ApiException.Unusable(
                "invalid_options", "'retarget_eyes' and 'retarget_lips' cannot be true: the motion does not say how far eyes and lips are open.");
        }
    }

    private async Task<MotionTemplate> LoadMotionAsync(InputFiles files, CancellationToken cancellationToken)
    {
        MotionTemplate motion;
        try
        {
            motion = await Task.Run(() => MotionTemplate.Load(files.Driving), cancellationToken);
        }
        catch (MotionFileException error)
        {
            throw ApiException.Unusable("invalid_driving", files.Shown(error.Message));
        }

        return motion.FramesPerSecond <= limits.HighestFrameRate && motion.Frames / motion.FramesPerSecond <= limits.LongestVideoSeconds
            ? motion
            : throw ApiException.Unusable("invalid_driving", string.Create(
                CultureInfo.InvariantCulture,
                $"The motion has {motion.Frames} frames, {motion.FramesPerSecond:0.###} a second; at most {limits.LongestVideoSeconds} s "
                    + $"and {limits.HighestFrameRate} frames a second are taken."));
    }
}

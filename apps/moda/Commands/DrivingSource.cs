using Moda.Cli.Terminal;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>What a portrait is driven by: a file of motion, a picture, or a video.</summary>
internal sealed class DrivingSource
{
    private static readonly string[] MotionEndings = [".pkl", ".safetensors"];
    private static readonly string[] PictureEndings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".heic", ".avif", ".tif", ".tiff"];

    private readonly string path;
    private readonly MotionTemplate? motion;
    private readonly RgbImage? picture;

    private DrivingSource(string path, MotionTemplate? motion, RgbImage? picture)
    {
        this.path = path;
        this.motion = motion;
        this.picture = picture;
    }

    /// <summary>Whether it is a video, which may have sound.</summary>
    public bool IsVideo => motion is null && picture is null;

    /// <summary>Looks at the file, by its ending, and reads what needs no network.</summary>
    public static async Task<DrivingSource> OpenAsync(string path, CancellationToken cancellation)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (MotionEndings.Contains(ending))
        {
            return new DrivingSource(path, await Task.Run(() => MotionTemplate.Load(path), cancellation), picture: null);
        }

        if (PictureEndings.Contains(ending))
        {
            return new DrivingSource(path, motion: null, (await PortraitFinder.LoadImageAsync(path, cancellation)).Image);
        }

        await VideoFile.CheckAsync(path, cancellation);
        return new DrivingSource(path, motion: null, picture: null);
    }

    /// <summary>The motion; of pictures and videos it is read by the networks.</summary>
    public async Task<MotionTemplate> ReadMotionAsync(
        TalkingHeadEngine engine, FaceChoice face, DrivingCropMode crop, StageReport stages, CancellationToken cancellation)
    {
        if (motion is not null)
        {
            return motion;
        }

        if (picture is not null)
        {
            return await engine.ReadMotionAsync(picture, face, crop, cancellation);
        }

        using PreparedVideo video = await engine.PrepareVideoAsync(path, face, framing: null, stages, cancellation);
        if (video.FramesWithoutFace > 0)
        {
            await Console.Error.WriteLineAsync($"note: {video.FramesWithoutFace} of {video.FrameCount} driving frames have no face and keep the motion before them.");
        }

        return await engine.ReadMotionAsync(video, crop, stages, cancellation);
    }

    /// <summary>The sound of a video; null where it has none.</summary>
    public async Task<SoundTrack?> ReadSoundAsync(CancellationToken cancellation)
    {
        try
        {
            return IsVideo ? await SoundTrack.DecodeAsync(path, cancellationToken: cancellation) : null;
        }
        catch (AudioException)
        {
            // Many driving videos are silent.
            return null;
        }
    }
}

using System.Globalization;
using Moda.Runtime.Audio;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>Arguments of ffmpeg for frames and sound, which do not depend on the output.</summary>
internal static class VideoArguments
{
    /// <summary>Keeps metadata of the inputs out of the video.</summary>
    public static string[] NoMetadata => ["-map_metadata", "-1"];

    /// <summary>Metadata of the video. ffmpeg takes the key up to the first equals sign.</summary>
    /// <exception cref="ArgumentException">A key is empty or has an equals sign, or a text has a zero character.</exception>
    public static IEnumerable<string> Tags(IReadOnlyDictionary<string, string> tags)
    {
        foreach ((string key, string value) in tags)
        {
            if (key.Length == 0 || key.Contains('=') || key.Contains('\0') || value.Contains('\0'))
            {
                throw new ArgumentException($"'{key}' is no key for metadata with such a value: it needs a name without '=', and no zero characters.", nameof(tags));
            }

            yield return "-metadata";
            yield return $"{key}={value}";
        }
    }

    /// <summary>Makes equal frames give equal bytes.</summary>
    public static string[] Repeatable => ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"];

    /// <summary>Raw RGB frames from ffmpeg's standard input. Frames with their own times come in Matroska.</summary>
    public static string[] Input(VideoFormat format) => format.HasOwnTimes
        ? ["-f", "matroska", "-i", "pipe:0"]
        :
        [
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{format.Width}x{format.Height}",
            "-framerate", format.FramesPerSecond.ToFfmpeg(), "-i", "pipe:0",
        ];

    /// <summary>The sound beside the frames; no arguments for null.</summary>
    public static string[] Sound(SoundTrack? sound, string container) => sound is null ? [] :
    [
        "-f", "f32le", "-ar", Text(sound.SampleRate), "-ac", Text(sound.Channels), "-i", Ffmpeg.FileArgument(sound.Path),
        "-map", "0:v:0", "-map", "1:a:0",
        .. container == "matroska" ? (string[])["-c:a", "flac", "-sample_fmt", "s16"] : ["-c:a", "aac", "-b:a", "192k"],
    ];

    /// <summary>The encoding of the video: BT.709, limited range, tagged as such.</summary>
    public static string[] Encoding(VideoEncoder encoder, VideoFormat format) =>
    [
        "-vf", "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p"
            + (format.PixelAspect == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $",setsar={format.PixelAspect:0.######}:max=1000")),
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        .. format.HasOwnTimes ? (string[])["-vsync", "vfr", "-enc_time_base", "1:90000"] : [],
        .. encoder.ArgumentsFor(format),
    ];

    /// <summary>A number in ffmpeg's form.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time in ffmpeg's form, in seconds.</summary>
    public static string Text(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);
}

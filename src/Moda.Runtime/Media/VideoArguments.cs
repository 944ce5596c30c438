using System.Globalization;
using Moda.Runtime.Audio;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>What ffmpeg is told about frames and sound, whatever it writes them to.</summary>
internal static class VideoArguments
{
    /// <summary>No other date or name gets into a video than those of the program that made it.</summary>
    public static string[] NoMetadata => ["-map_metadata", "-1"];

    /// <summary>Equal frames give equal bytes.</summary>
    public static string[] Repeatable => ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"];

    /// <summary>Raw RGB frames from ffmpeg's standard input; in Matroska where each has its time.</summary>
    public static string[] Input(VideoFormat format) => format.HasOwnTimes
        ? ["-f", "matroska", "-i", "pipe:0"]
        :
        [
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{format.Width}x{format.Height}",
            "-framerate", format.FramesPerSecond.ToFfmpeg(), "-i", "pipe:0",
        ];

    /// <summary>The sound beside the frames; nothing for null.</summary>
    public static string[] Sound(SoundTrack? sound, string container) => sound is null ? [] :
    [
        "-f", "f32le", "-ar", Text(sound.SampleRate), "-ac", Text(sound.Channels), "-i", Ffmpeg.FileArgument(sound.Path),
        "-map", "0:v:0", "-map", "1:a:0",
        .. container == "matroska" ? (string[])["-c:a", "flac", "-sample_fmt", "s16"] : ["-c:a", "aac", "-b:a", "192k"],
    ];

    /// <summary>The video's encoding: BT.709, limited range, tagged so.</summary>
    public static string[] Encoding(VideoEncoder encoder, VideoFormat format) =>
    [
        "-vf", "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p"
            + (format.PixelAspect == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $",setsar={format.PixelAspect:0.######}:max=1000")),
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        .. format.HasOwnTimes ? (string[])["-vsync", "vfr", "-enc_time_base", "1:90000"] : [],
        .. encoder.ArgumentsFor(format),
    ];

    /// <summary>A number as ffmpeg reads it.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time as ffmpeg reads it, in seconds.</summary>
    public static string Text(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);
}

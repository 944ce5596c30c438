using System.Globalization;
using System.Text;

namespace Moda.Runtime.Media;

/// <summary>One of ffmpeg's video encoders, with its arguments for about the quality of x264 at CRF 18.</summary>
/// <param name="Name">As ffmpeg lists it.</param>
/// <param name="Format">What it writes.</param>
/// <param name="Arguments">What selects its quality.</param>
internal sealed record VideoEncoder(string Name, string Format, params string[] Arguments)
{
    private const string Preferred = "libx264";

    /// <summary>What a user should know when this is not the preferred encoder.</summary>
    public string? Notice => Name == Preferred
        ? null
        : $"this ffmpeg has no {Preferred}; {Format} by {Name} is used instead, at another size and quality.";

    /// <summary>The best encoder that an ffmpeg has.</summary>
    /// <param name="ffmpeg">The program.</param>
    /// <param name="format">The clip's; encoders without a quality scale get a bit rate by it.</param>
    /// <param name="cancellationToken">Stops the question.</param>
    /// <exception cref="FfmpegException">It has none that fits; the message says which were looked for.</exception>
    public static async Task<VideoEncoder> ChooseAsync(Ffmpeg ffmpeg, VideoFormat format, CancellationToken cancellationToken)
    {
        using MemoryStream listing = new();
        await ffmpeg.RunAsync("listing ffmpeg's encoders", ["-encoders"], output: listing, cancellationToken: cancellationToken).ConfigureAwait(false);
        return Choose(Encoding.UTF8.GetString(listing.ToArray()), format)
            ?? throw new FfmpegException(
                $"'{ffmpeg.Path}' has none of the encoders {string.Join(", ", Candidates(format).Select(encoder => encoder.Name))}. "
                + $"Install a full build of ffmpeg and name it in {Ffmpeg.EnvironmentVariable}, or write frames to a folder.");
    }

    /// <summary>The best of the encoders in the output of <c>ffmpeg -encoders</c>; null for none.</summary>
    internal static VideoEncoder? Choose(string listing, VideoFormat format)
    {
        // A line is flags, name, description: " V....D libx264   H.264 / AVC ...".
        HashSet<string> listed = [.. listing.Split('\n')
            .Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length >= 2 && parts[0].StartsWith('V'))
            .Select(parts => parts[1])];
        return Candidates(format).FirstOrDefault(encoder => listed.Contains(encoder.Name));
    }

    private static VideoEncoder[] Candidates(VideoFormat format)
    {
        const double BitsPerPixel = 0.2;
        string bitRate = ((long)(BitsPerPixel * format.Width * format.Height * format.FramesPerSecond)).ToString(CultureInfo.InvariantCulture);
        return
        [
            new(Preferred, "H.264", "-crf", "18", "-preset", "medium"),
            new("libopenh264", "H.264", "-b:v", bitRate),
            new("h264_videotoolbox", "H.264", "-b:v", bitRate),
            new("mpeg4", "MPEG-4 part 2", "-q:v", "2"),
        ];
    }
}

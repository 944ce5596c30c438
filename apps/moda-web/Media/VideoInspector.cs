using System.Globalization;
using Microsoft.Extensions.Options;
using Moda.Runtime.Media;
using Moda.Runtime.Processes;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Media;

/// <summary>What a video is.</summary>
/// <param name="Format">Size and usual rate of its frames.</param>
/// <param name="Frames">How many it has.</param>
/// <param name="Duration">From its first frame's start to its last one's end.</param>
/// <param name="SoundDuration">How long its first sound lasts; zero where it has none.</param>
internal sealed record VideoFacts(VideoFormat Format, int Frames, TimeSpan Duration, TimeSpan SoundDuration);

/// <summary>
/// Looks at videos that are not trusted. Size, lengths and number of frames are taken from the packets of the container before anything is
/// decoded, since what its header says may be wrong; then the first frame is decoded. Time and memory of both are limited.
/// </summary>
internal sealed class VideoInspector(IOptions<ServiceOptions> options) : IDisposable
{
    // Bytes that ffmpeg may take at once: a frame of the largest size in 16-bit colour, and more.
    private const int LargestAllocation = 1 << 28;

    private readonly SemaphoreSlim looking = new(Environment.ProcessorCount);

    /// <summary>Looks at a video. More are not looked at at once than processors are there, others wait.</summary>
    /// <param name="path">One of the service's own files.</param>
    /// <param name="name">Its name in the form.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiException">It is no video that the service takes.</exception>
    public async Task<VideoFacts> LookAsync(string path, string name, CancellationToken cancellationToken)
    {
        await looking.WaitAsync(cancellationToken);
        try
        {
            return await TimeLimit.RunAsync(options, name, token => LookWithinTimeAsync(path, name, token), cancellationToken);
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>Refuses a video whose sound is to be heard and lasts longer than a video may. It would be missing from what is made.</summary>
    /// <param name="video">The video.</param>
    /// <param name="name">Its name in the form.</param>
    /// <exception cref="ApiException">It lasts longer.</exception>
    public void RequireSound(VideoFacts video, string name)
    {
        double most = options.Value.LongestVideoSeconds;
        if (video.SoundDuration > MediaReader.LongestSoundOf(options.Value))
        {
            throw ApiException.Unusable($"invalid_{name}", string.Create(
                CultureInfo.InvariantCulture,
                $"The sound of '{name}' lasts {video.SoundDuration.TotalSeconds:0.0} s; at most {most} s are taken. Cut it, or ask for no sound."));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => looking.Dispose();

    private async Task<VideoFacts> LookWithinTimeAsync(string path, string name, CancellationToken cancellationToken)
    {
        Ffmpeg ffmpeg = Ffmpeg.TryLocate()
            ?? throw new ApiException(StatusCodes.Status503ServiceUnavailable, "no_ffmpeg", "The service's machine has no ffmpeg, which reads videos.");
        PacketList packets;
        PacketList sound;
        try
        {
            (packets, sound) = await ReadPacketsAsync(ffmpeg, path, name, cancellationToken);
        }
        catch (FfmpegException)
        {
            throw NoVideo(name);
        }

        try
        {
            VideoFormat format = await VideoFile.CheckAsync(path, cancellationToken);
            RequireSize(format.Width, format.Height, name);
            TimeSpan duration = packets.Duration > TimeSpan.Zero ? packets.Duration : format.TimestampOf(packets.Count);
            return new VideoFacts(format, packets.Count, duration, sound.Duration);
        }
        catch (VideoFileException)
        {
            throw NoVideo(name);
        }
    }

    private async Task<(PacketList Frames, PacketList Sound)> ReadPacketsAsync(Ffmpeg ffmpeg, string path, string name, CancellationToken cancellationToken)
    {
        ServiceOptions limits = options.Value;
        string mostPixels = ((long)limits.LargestVideoSide * limits.LargestVideoSide).ToString(CultureInfo.InvariantCulture);
        await using FfmpegProcess process = ffmpeg.Start(
            "looking at a video",
            [
                "-max_alloc", LargestAllocation.ToString(CultureInfo.InvariantCulture), .. MediaContainers.Only, "-max_pixels", mostPixels,
                "-i", Ffmpeg.FileArgument(path), "-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-f", "framecrc", "pipe:1",
            ]);
        await using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        using var lines = new StreamReader(process.StandardOutput);
        var packets = new PacketList(stream: 0);
        var sound = new PacketList(stream: 1);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (packets.Add(line))
            {
                // The rate is not known yet, but no video of the longest length has more frames.
                RequireLength(packets, TimeSpan.FromSeconds(options.Value.LongestVideoSeconds), name);
            }
            else if (!sound.Add(line) && packets.Width > 0)
            {
                RequireSize(packets.Width, packets.Height, name);
            }
        }

        await process.CompleteAsync(cancellationToken);
        if (packets.Count == 0)
        {
            throw NoVideo(name);
        }

        RequireLength(packets, packets.Duration, name);
        return (packets, sound);
    }

    private void RequireSize(int width, int height, string name)
    {
        int most = options.Value.LargestVideoSide;
        if (Math.Max(width, height) > most)
        {
            throw ApiException.Unusable($"invalid_{name}", $"The frames of '{name}' have {width} x {height} pixels; each side may have up to {most}.");
        }
    }

    private void RequireLength(PacketList packets, TimeSpan duration, string name)
    {
        (double most, double rate) = (options.Value.LongestVideoSeconds, options.Value.HighestFrameRate);
        if (packets.Duration.TotalSeconds > most || packets.Count > (duration.TotalSeconds * rate) + 1)
        {
            throw ApiException.Unusable($"invalid_{name}", string.Create(
                CultureInfo.InvariantCulture, $"'{name}' lasts longer than {most} s, or has more than {rate} frames a second. Cut it, or lower its rate."));
        }
    }

    private static ApiException NoVideo(string name) =>
        ApiException.Unusable($"invalid_{name}", $"'{name}' is no video that can be read, or is damaged. MP4, WebM and all that ffmpeg reads are taken.");

    /// <summary>The packets of a stream, as ffmpeg's framecrc lists them: "stream, decoding time, presentation time, duration, size, checksum".</summary>
    private sealed class PacketList(int stream)
    {
        private readonly string number = stream.ToString(CultureInfo.InvariantCulture);
        private readonly string timeBase = $"#tb {stream}: ";
        private readonly string dimensions = $"#dimensions {stream}: ";
        private double secondsOfUnit;
        private long? first;
        private long last;

        public int Width { get; private set; }

        public int Height { get; private set; }

        public int Count { get; private set; }

        public TimeSpan Duration => first is { } start ? TimeSpan.FromSeconds(Math.Clamp((last - (double)start) * secondsOfUnit, 0, TimeSpan.MaxValue.TotalSeconds / 2)) : TimeSpan.Zero;

        /// <summary>Reads a line.</summary>
        /// <returns>Whether it is a packet of this stream.</returns>
        public bool Add(string line)
        {
            if (line.StartsWith(timeBase, StringComparison.Ordinal) && Pair(line[timeBase.Length..], '/') is var (numerator, denominator))
            {
                secondsOfUnit = denominator > 0 ? (double)numerator / denominator : 0;
            }
            else if (line.StartsWith(dimensions, StringComparison.Ordinal) && Pair(line[dimensions.Length..], 'x') is var (width, height))
            {
                (Width, Height) = (width, height);
            }

            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length < 5 || parts[0] != number)
            {
                return false;
            }

            Count++;
            if (Whole(parts[1]) is { } time && time != long.MinValue && Whole(parts[3]) is { } duration)
            {
                first ??= time;
                last = Math.Max(last, time + Math.Clamp(duration, 0, int.MaxValue));
            }

            return true;
        }

        private static (int First, int Second)? Pair(string text, char separator) =>
            text.Split(separator) is [var first, var second] && Whole(first) is { } one and >= 0 and <= int.MaxValue && Whole(second) is { } two and >= 0 and <= int.MaxValue
                ? ((int)one, (int)two)
                : null;

        private static long? Whole(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;
    }
}

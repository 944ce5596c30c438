using System.Runtime.InteropServices;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Audio;

/// <summary>
/// The first audio track of any audio or video file, decoded by ffmpeg with the rate and the channels of its start. Samples are placed on
/// the file's timeline: a late start and gaps are filled with silence. No sample is dropped: samples whose times overlap are placed one
/// after another.
/// </summary>
internal sealed class FfmpegAudioReader : IChannelReader
{
    // Containers round times, and times jitter in recordings. Only gaps of at least a video frame are filled, because they would shift lips
    // against the picture.
    private const int SmallestHoleMilliseconds = 1000 / GenerationOptions.FramesPerSecond;

    // Damaged times must not cause hours of silence: the limit is ten minutes, and ten times the sound so far.
    private const int LongestSilenceSeconds = 600;
    private const int SilenceForSound = 10;

    // For some containers ffmpeg takes the start of the decoded stream as the file's start, and shifts it to zero. A timestamp offset of
    // one microsecond prevents that.
    private const string KeepStart = "0.000001";

    private readonly string description;
    private readonly string path;
    private readonly FfmpegProcess process;
    private readonly MatroskaReader samples;
    private readonly CancellationTokenRegistration killing;
    private readonly CancellationToken cancellation;
    private byte[] buffer = [];
    private ReadOnlyMemory<byte> block;
    private long position;
    private long silence;
    private long totalSilence;
    private bool ended;

    private FfmpegAudioReader(
        string path, string description, FfmpegProcess process, MatroskaReader samples, CancellationTokenRegistration killing, CancellationToken cancellation)
    {
        this.path = path;
        this.description = description;
        this.process = process;
        this.samples = samples;
        this.killing = killing;
        this.cancellation = cancellation;
    }

    public string Description => description;

    public int SampleRate => samples.SampleRate;

    public int Channels => samples.Channels;

    /// <summary>Starts ffmpeg and reads up to the first sample.</summary>
    /// <param name="path">The file.</param>
    /// <param name="description">The name of the file in messages.</param>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="cancellationToken">Stops ffmpeg, also while the reader is in use.</param>
    public static async Task<FfmpegAudioReader> OpenAsync(string path, string description, Ffmpeg ffmpeg, CancellationToken cancellationToken)
    {
        FfmpegProcess process = ffmpeg.Start(
            $"reading audio {description}",
            [
                .. MediaContainers.Only, "-itsoffset", KeepStart, "-i", Ffmpeg.FileArgument(path),
                "-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-f", "matroska", "pipe:1",
            ]);
        CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            MatroskaReader samples = await OpenSamplesAsync(process, path, description, cancellationToken).ConfigureAwait(false);
            return new FfmpegAudioReader(path, description, process, samples, killing, cancellationToken);
        }
        catch
        {
            await killing.DisposeAsync().ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        while (silence == 0 && block.IsEmpty)
        {
            if (ended || !await AdvanceAsync(cancellationToken).ConfigureAwait(false))
            {
                return 0;
            }
        }
        int count = destination.Length / Channels;
        if (silence > 0)
        {
            count = (int)Math.Min(count, silence);
            destination.Span[..(count * Channels)].Clear();
            silence -= count;
            return count;
        }
        int bytesPerInstant = Channels * sizeof(float);
        count = Math.Min(count, block.Length / bytesPerInstant);
        block.Span[..(count * bytesPerInstant)].CopyTo(MemoryMarshal.AsBytes(destination.Span));
        block = block[(count * bytesPerInstant)..];
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await killing.DisposeAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        if (await samples.NextAsync(cancellationToken).ConfigureAwait(false) is not { } next
            || !await samples.ReadAsync(Buffer(next.Length), cancellationToken).ConfigureAwait(false))
        {
            ended = true;
            await CheckEndAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
        int bytesPerInstant = Channels * sizeof(float);
        int count = next.Length / bytesPerInstant;
        block = buffer.AsMemory(0, count * bytesPerInstant);
        long hole = next.Milliseconds * SampleRate / 1000 - position;
        if (hole > (long)SmallestHoleMilliseconds * SampleRate / 1000)
        {
            totalSilence += hole;
            if (totalSilence > (long)LongestSilenceSeconds * SampleRate + SilenceForSound * position)
            {
                throw new AudioException(
                    $"{Description} has a hole of {TimeSpan.FromSeconds(hole / SampleRate)} in its sound, after {TimeSpan.FromSeconds(position / SampleRate)}: its times are damaged. Convert it to WAV.");
            }
            silence = hole;
            position += hole;
        }
        position += count;
        return true;
    }

    private Memory<byte> Buffer(int length)
    {
        if (buffer.Length < length)
        {
            buffer = new byte[length];
        }
        return buffer.AsMemory(0, length);
    }

    private async ValueTask CheckEndAsync(CancellationToken cancellationToken)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException error)
        {
            throw new AudioException($"{Description} could not be decoded to its end. {Said(error, path, Description)}", error);
        }
    }

    private static async Task<MatroskaReader> OpenSamplesAsync(
        FfmpegProcess process, string path, string description, CancellationToken cancellationToken)
    {
        FfmpegException error;
        try
        {
            if (await MatroskaReader.OpenAsync(process.StandardOutput, cancellationToken).ConfigureAwait(false) is { } samples)
            {
                SampleChecks.RequireChannels(description, samples.Channels);
                return samples;
            }
            cancellationToken.ThrowIfCancellationRequested();
            error = await process.ExplainAsync(new InvalidDataException("it wrote no samples")).ConfigureAwait(false);
        }
        catch (InvalidDataException foreign)
        {
            error = await process.ExplainAsync(foreign).ConfigureAwait(false);
        }
        throw new AudioException(
            MediaContainers.WasRefused(error)
                ? $"{description} is not audio that can be read: it is no audio or video file but of another kind, such as a playlist. Name the sound itself."
                : error.StandardError.Contains("matches no streams", StringComparison.Ordinal)
                ? $"{description} holds no sound, only a picture or other data. Give a file with sound."
                : $"{description} is not audio that can be read. {Said(error, path, description)}",
            error);
    }

    // Sound from a pipe lies in a temporary file, whose name would tell the user nothing.
    private static string Said(FfmpegException error, string path, string description) =>
        error.Message.Replace(Ffmpeg.FileArgument(path), description, StringComparison.Ordinal);
}

using Moda.Runtime.Imaging;
using Moda.Runtime.Processes;

namespace Moda.Runtime.Media;

/// <summary>
/// Encodes frames with ffmpeg into a stream while they are made: fragmented MP4 (ISO/IEC 14496-12), H.264 and AAC, with a fragment every
/// 0.2 s and a key frame every second. Browsers can play it while it arrives.
/// </summary>
internal sealed class FragmentedVideoSink : IVideoSink
{
    private const string Container = "mp4";
    private const string Shown = "the stream";

    // Behind the sound; -shortest then ends both with the last frame.
    private static readonly string[] EndlessSilence = ["-af", "apad"];

    private readonly VideoFormat format;
    private readonly FfmpegProcess process;
    private readonly Task copying;
    private readonly TimedFrames? timed;

    private FragmentedVideoSink(Stream stream, FfmpegProcess process, VideoEncoder encoder, VideoFormat format)
    {
        this.format = format;
        this.process = process;
        timed = format.HasOwnTimes ? new TimedFrames(format) : null;
        copying = CopyAsync(stream);
        Description = $"{encoder.Format} by {encoder.Name}, fragmented MP4";
        Notice = encoder.Notice;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string? Notice { get; }

    /// <summary>Starts the encoder.</summary>
    /// <param name="ffmpeg">The ffmpeg program.</param>
    /// <param name="encoder">An encoder that was tried and works.</param>
    /// <param name="stream">Receives the video. It stays open.</param>
    /// <param name="format">The format of the frames. Both sides must be even.</param>
    /// <param name="beside">The sound. It ends with the frames, and frames with it unless they outlast it.</param>
    /// <param name="tags">Metadata of the video, by key.</param>
    /// <exception cref="VideoFileException">Frames of this format cannot be encoded.</exception>
    public static FragmentedVideoSink Start(
        Ffmpeg ffmpeg, VideoEncoder encoder, Stream stream, VideoFormat format, Accompaniment beside, IReadOnlyDictionary<string, string> tags)
    {
        format.RequireEvenSides(Shown);
        FfmpegProcess process = ffmpeg.Start(
            "writing video to a stream",
            [
                "-probesize", "32", "-analyzeduration", "0", .. VideoArguments.Input(format), .. VideoArguments.Sound(beside.Sound, Container),
                .. beside is { Sound: not null, FramesOutlastSound: true } ? EndlessSilence : [],
                .. VideoArguments.Encoding(encoder.WithoutDelay(), format), "-g", VideoArguments.Text((int)Math.Round(format.FramesPerSecond.PerSecond)),
                .. VideoArguments.NoMetadata, .. VideoArguments.Tags(tags), .. VideoArguments.Repeatable, "-shortest", "-flush_packets", "1",
                "-movflags", "+delay_moov+default_base_moof+use_metadata_tags", "-frag_duration", "200000", "-f", Container, "pipe:1",
            ]);
        return new FragmentedVideoSink(stream, process, encoder, format);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(VideoFrame frame, CancellationToken cancellationToken = default)
    {
        format.Check(frame);
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenRegistration killing = cancellationToken.Register(process.Kill);
        try
        {
            if (timed is not null)
            {
                await timed.WriteHeaderAsync(process.StandardInput, frame.Timestamp, cancellationToken).ConfigureAwait(false);
            }

            await process.StandardInput.WriteAsync(frame.Pixels, cancellationToken).ConfigureAwait(false);
            await process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException broken)
        {
            FfmpegException error = await process.ExplainAsync(broken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();

            // If the stream failed, ffmpeg's failure only follows from it, so the stream's error is thrown.
            await copying.ConfigureAwait(false);
            throw new VideoFileException(Shown, error.Message, error);
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await process.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FfmpegException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await copying.ConfigureAwait(false);
            throw new VideoFileException(Shown, error.Message, error);
        }

        await copying.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops ffmpeg if it still runs. Bytes that were written to the stream stay there.</summary>
    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CopyAsync(Stream stream)
    {
        byte[] block = new byte[1 << 16];
        int count;
        while ((count = await process.StandardOutput.ReadAsync(block).ConfigureAwait(false)) > 0)
        {
            try
            {
                await stream.WriteAsync(block.AsMemory(0, count)).ConfigureAwait(false);
                await stream.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // The stream accepts no more bytes: for example, a client has disconnected, or a disk is full.
                process.Kill();
                throw new VideoFileException(Shown, $"it cannot be written: {error.Message}", error);
            }
        }
    }
}

using System.Runtime.InteropServices;
using Moda.Runtime.Files;

namespace Moda.Runtime.Audio;

/// <summary>
/// The sound of a clip, decoded once: the speech that the networks hear and the sound beside the frames come from the same samples, so
/// lips and sound can't part, whatever the file's start times, holes or damage. It is kept in a temporary file (4 bytes for each sample
/// of each channel), so memory does not grow with its length.
/// </summary>
/// <remarks>Members may be called by several threads at once. Dispose it after its readers and the video that it goes into.</remarks>
public sealed class SoundTrack : IAsyncDisposable
{
    private const int BlockLength = 1 << 14;

    private readonly SpoolFile file;
    private readonly string description;
    private readonly long count;

    private SoundTrack(SpoolFile file, string description, int sampleRate, int channels, long count)
    {
        this.file = file;
        this.description = description;
        this.count = count;
        SampleRate = sampleRate;
        Channels = channels;
    }

    /// <summary>Samples of a channel in a second.</summary>
    public int SampleRate { get; }

    /// <summary>Channels that are kept: 1, 2 or 6 as in the file; the mean of all where a file has another number.</summary>
    public int Channels { get; }

    /// <summary>How long it lasts, from the start of the file's timeline.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)count / SampleRate);

    /// <summary>Where the samples are: float32 [count, channels], little-endian, without a header.</summary>
    internal string Path => file.Path;

    /// <summary>Decodes a file's first audio track to its end.</summary>
    /// <param name="path">A WAV file, any file that ffmpeg reads, a pipe, or <c>-</c> for standard input.</param>
    /// <param name="cancellationToken">Stops the decoding.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="AudioException">
    /// The file is not audio, is shorter than a video frame, holds samples that are not finite, or needs ffmpeg where there is none; or there
    /// is no room for the samples.
    /// </exception>
    public static async Task<SoundTrack> DecodeAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return await KeepAsync(await AudioInput.OpenChannelsAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Decodes the first audio track of a stream to its end.</summary>
    /// <param name="stream">WAV, or any container that ffmpeg reads. Read from where it stands, and left open.</param>
    /// <param name="cancellationToken">Stops the decoding.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The stream is not audio, is shorter than a video frame, holds samples that are not finite, or needs ffmpeg where there is none; or
    /// there is no room for the samples.
    /// </exception>
    public static async Task<SoundTrack> DecodeAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return await KeepAsync(await AudioInput.OpenChannelsAsync(stream, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps samples that a program makes or receives.</summary>
    /// <param name="blocks">Interleaved samples, full scale -1..1, in blocks of any length. Enumerated to its end.</param>
    /// <param name="sampleRate">Samples of a channel in a second, from 1,000 to 384,000.</param>
    /// <param name="channels">Samples that are heard at once.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The rate is out of range, the samples are fewer than a video frame lasts, or are not finite; or there is no room for them.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no channel.</exception>
    public static Task<SoundTrack> FromSamplesAsync(
        IAsyncEnumerable<ReadOnlyMemory<float>> blocks, int sampleRate, int channels = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        return KeepAsync(new BlockReader(blocks, sampleRate, channels, "the samples"), cancellationToken);
    }

    /// <summary>Mixes voices that are heard at once, as long as the longest of them.</summary>
    /// <param name="tracks">The voices, at least one; the caller disposes them.</param>
    /// <param name="cancellationToken">Stops the mixing.</param>
    /// <returns>
    /// Their sum, at the highest of their rates, with their channels where all have as many, else mono; scaled down as a whole where it would
    /// go beyond full scale. The caller disposes it.
    /// </returns>
    /// <exception cref="ArgumentException">There is no voice.</exception>
    /// <exception cref="AudioException">There is no room for the samples.</exception>
    public static async Task<SoundTrack> MixAsync(IReadOnlyList<SoundTrack> tracks, CancellationToken cancellationToken = default)
    {
        if (tracks.Count == 0)
        {
            throw new ArgumentException("There is no voice to mix; at least one is needed.", nameof(tracks));
        }

        var mix = new MixedSound(tracks);
        await using (mix.ConfigureAwait(false))
        {
            return await KeepAsync(mix, largestPeak: 1, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps what a reader gives.</summary>
    /// <param name="reader">Read to its end.</param>
    /// <param name="largestPeak">The largest magnitude; what is louder is scaled down to it as a whole.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The sound; the caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// What is read is no usable audio, is shorter than a video frame, or holds samples that are not finite; or there is no room for it.
    /// </exception>
    internal static async Task<SoundTrack> KeepAsync(IChannelReader reader, float largestPeak, CancellationToken cancellationToken)
    {
        SpoolFile file = SoundSpool.Create();
        try
        {
            int channels = reader.Channels is 1 or 2 or 6 ? reader.Channels : 1;
            (long count, float peak) = await CopyAsync(reader, channels, file, cancellationToken).ConfigureAwait(false);
            SampleChecks.RequireFrame(reader.Description, count, reader.SampleRate);
            if (peak > largestPeak)
            {
                await ScaleAsync(file, largestPeak / peak, cancellationToken).ConfigureAwait(false);
            }
            return new SoundTrack(file, reader.Description, reader.SampleRate, channels, count);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Disposes the reader.
    private static async Task<SoundTrack> KeepAsync(IChannelReader reader, CancellationToken cancellationToken)
    {
        await using (reader.ConfigureAwait(false))
        {
            Resampler.RequireRate(reader.Description, reader.SampleRate);
            return await KeepAsync(reader, float.PositiveInfinity, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads it from its start as the networks hear it: mono, 16 kHz.</summary>
    /// <returns>A reader of its own; the caller disposes it, before this object.</returns>
    public ISampleReader OpenSpeech() => OpenMono(Waveform.SampleRate);

    /// <summary>Reads all channels, mixed to one, from their start.</summary>
    /// <param name="sampleRate">At this rate, in Hz.</param>
    /// <returns>A reader of its own; the caller disposes it, before this object.</returns>
    internal ISampleReader OpenMono(int sampleRate) => Resampler.Resample(new MonoMix(new Reader(this)), sampleRate);

    /// <summary>Reads one channel from its start.</summary>
    /// <param name="channel">Which, from 0 on.</param>
    /// <param name="sampleRate">At this rate, in Hz.</param>
    /// <returns>A reader of its own; the caller disposes it, before this object.</returns>
    internal ISampleReader OpenChannel(int channel, int sampleRate) => Resampler.Resample(new OneChannel(new Reader(this), channel), sampleRate);

    /// <summary>Removes the temporary file.</summary>
    public ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<(long Count, float Peak)> CopyAsync(IChannelReader reader, int channels, SpoolFile file, CancellationToken cancellationToken)
    {
        float[] samples = new float[BlockLength * reader.Channels];
        byte[] bytes = new byte[BlockLength * channels * sizeof(float)];
        var mixer = new ChannelMixer(reader.Channels, reader.SampleRate);
        long count = 0;
        float peak = 0;
        int read;
        while ((read = await reader.ReadAsync(samples, cancellationToken).ConfigureAwait(false)) > 0)
        {
            int length = read * channels;
            SampleChecks.RequireFinite(
                reader.Description,
                samples.AsSpan(0, read * reader.Channels),
                TimeSpan.FromSeconds((double)count / reader.SampleRate),
                reader.SampleRate * reader.Channels);
            if (channels != reader.Channels)
            {
                mixer.Mix(samples.AsSpan(0, read * reader.Channels), samples.AsSpan(0, read));
            }
            peak = Math.Max(peak, SamplePeak.Of(samples.AsSpan(0, length)));
            MemoryMarshal.AsBytes(samples.AsSpan(0, length)).CopyTo(bytes);
            await file.WriteAsync(bytes.AsMemory(0, length * sizeof(float)), cancellationToken).ConfigureAwait(false);
            count += read;
        }
        return (count, peak);
    }

    private static async Task ScaleAsync(SpoolFile file, float scale, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[BlockLength * sizeof(float)];
        int read;
        for (long offset = 0; (read = await file.ReadAsync(bytes, offset, cancellationToken).ConfigureAwait(false)) > 0; offset += read)
        {
            Multiply(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, read)), scale);
            await file.WriteAsync(bytes.AsMemory(0, read), offset, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Multiply(Span<float> samples, float factor)
    {
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] *= factor;
        }
    }

    private sealed class Reader(SoundTrack track) : IChannelReader
    {
        private readonly byte[] bytes = new byte[BlockLength * track.Channels * sizeof(float)];
        private long offset;

        public string Description => track.description;

        public int SampleRate => track.SampleRate;

        public int Channels => track.Channels;

        public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
        {
            int instant = Channels * sizeof(float);
            int wanted = Math.Min(bytes.Length, destination.Length / Channels * instant);
            int read = await track.file.ReadAsync(bytes.AsMemory(0, wanted), offset, cancellationToken).ConfigureAwait(false) / instant * instant;
            offset += read;
            bytes.AsSpan(0, read).CopyTo(MemoryMarshal.AsBytes(destination.Span));
            return read / instant;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

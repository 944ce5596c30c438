using System.Runtime.InteropServices;
using Moda.Runtime.Files;

namespace Moda.Runtime.Audio;

/// <summary>
/// The sound of a clip, decoded once. The networks and the video use the same samples, so lips and sound stay together even when the file
/// starts late, has gaps or is damaged. The samples are kept in a temporary file (4 bytes for each sample of each channel), so memory does
/// not grow with the length of the sound.
/// </summary>
/// <remarks>Several threads may call its members at once. Dispose the sound after its readers and after the video that uses it.</remarks>
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

    /// <summary>Samples per second of each channel.</summary>
    public int SampleRate { get; }

    /// <summary>The number of channels: 1, 2 or 6 as in the file. A file with another number of channels is mixed to one.</summary>
    public int Channels { get; }

    /// <summary>The duration, from the start of the file's timeline.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)count / SampleRate);

    /// <summary>The temporary file with the samples: float32 [count, channels], little-endian, without a header.</summary>
    internal string Path => file.Path;

    /// <summary>Decodes a file's first audio track to its end.</summary>
    /// <param name="path">A WAV file, any file that ffmpeg reads, a pipe, or <c>-</c> for standard input.</param>
    /// <param name="cancellationToken">Cancels the decoding.</param>
    /// <returns>The sound. The caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="AudioException">
    /// The file is not audio, is shorter than a video frame, holds NaN or infinite samples, or needs ffmpeg, which was not found; or the
    /// disk is full.
    /// </exception>
    public static async Task<SoundTrack> DecodeAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return await KeepAsync(await AudioInput.OpenChannelsAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Decodes the first audio track of a stream to its end.</summary>
    /// <param name="stream">WAV, or any container that ffmpeg reads. Reading starts at the stream's current position. The stream stays open.</param>
    /// <param name="cancellationToken">Cancels the decoding.</param>
    /// <returns>The sound. The caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The stream is not audio, is shorter than a video frame, holds NaN or infinite samples, or needs ffmpeg, which was not found; or the
    /// disk is full.
    /// </exception>
    public static Task<SoundTrack> DecodeAsync(Stream stream, CancellationToken cancellationToken = default) =>
        DecodeAsync(stream, TimeSpan.MaxValue, cancellationToken);

    /// <summary>
    /// Decodes the first audio track of a stream that is not trusted. Sound that lasts too long is refused as soon as that is known, so that a
    /// small file cannot fill the disk.
    /// </summary>
    /// <param name="stream">WAV, or any container that ffmpeg reads. Reading starts at the stream's current position. The stream stays open.</param>
    /// <param name="longest">How long the sound may last.</param>
    /// <param name="cancellationToken">Cancels the decoding.</param>
    /// <returns>The sound. The caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The sound lasts longer than allowed; or the stream is not audio, is shorter than a video frame, holds NaN or infinite samples, or needs
    /// ffmpeg, which was not found; or the disk is full.
    /// </exception>
    public static async Task<SoundTrack> DecodeAsync(Stream stream, TimeSpan longest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        IChannelReader reader = await AudioInput.OpenChannelsAsync(stream, cancellationToken).ConfigureAwait(false);
        return await KeepAsync(new LimitedReader(reader, longest), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps samples that a program creates or receives.</summary>
    /// <param name="blocks">Interleaved samples, full scale -1..1, in blocks of any length. The sequence is enumerated to its end.</param>
    /// <param name="sampleRate">Samples per second of each channel, from 1,000 to 384,000.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The sound. The caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The rate is out of range, the sound is shorter than a video frame, or samples are NaN or infinite; or the disk is full.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of channels is less than 1.</exception>
    public static Task<SoundTrack> FromSamplesAsync(
        IAsyncEnumerable<ReadOnlyMemory<float>> blocks, int sampleRate, int channels = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        return KeepAsync(new BlockReader(blocks, sampleRate, channels, "the samples"), cancellationToken);
    }

    /// <summary>Mixes voices that speak at the same time. The result is as long as the longest voice.</summary>
    /// <param name="tracks">The voices, at least one. The caller disposes them.</param>
    /// <param name="cancellationToken">Cancels the mixing.</param>
    /// <returns>
    /// The sum, at the highest of the rates. If all voices have the same number of channels, the channels are kept; otherwise the sum is
    /// mono. A sum beyond full scale is scaled down as a whole. The caller disposes the sum.
    /// </returns>
    /// <exception cref="ArgumentException">The list of voices is empty.</exception>
    /// <exception cref="AudioException">The disk is full.</exception>
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

    /// <summary>Keeps a reader's samples.</summary>
    /// <param name="reader">The reader, which is read to its end.</param>
    /// <param name="largestPeak">The largest allowed magnitude. Louder sound is scaled down as a whole.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The sound. The caller disposes it.</returns>
    /// <exception cref="AudioException">
    /// The source is not usable audio, is shorter than a video frame, or holds NaN or infinite samples; or the disk is full.
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

    // This method disposes the reader.
    private static async Task<SoundTrack> KeepAsync(IChannelReader reader, CancellationToken cancellationToken)
    {
        await using (reader.ConfigureAwait(false))
        {
            Resampler.RequireRate(reader.Description, reader.SampleRate);
            return await KeepAsync(reader, float.PositiveInfinity, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the sound from its start in the form that the networks need: mono, 16 kHz.</summary>
    /// <returns>A new reader. The caller disposes it before this object.</returns>
    public ISampleReader OpenSpeech() => OpenMono(Waveform.SampleRate);

    /// <summary>Reads all channels, mixed to one, from their start.</summary>
    /// <param name="sampleRate">The rate of the samples that are returned, in Hz.</param>
    /// <returns>A new reader. The caller disposes it before this object.</returns>
    internal ISampleReader OpenMono(int sampleRate) => Measure(new MonoMix(new Reader(this)), sampleRate);

    /// <summary>Reads one channel from its start.</summary>
    /// <param name="channel">The index of the channel, from 0.</param>
    /// <param name="sampleRate">The rate of the samples that are returned, in Hz.</param>
    /// <returns>A new reader. The caller disposes it before this object.</returns>
    internal ISampleReader OpenChannel(int channel, int sampleRate) => Measure(new OneChannel(new Reader(this), channel), sampleRate);

    /// <summary>Removes the temporary file.</summary>
    public ValueTask DisposeAsync()
    {
        file.Dispose();
        return ValueTask.CompletedTask;
    }

    private MeasuredReader Measure(ISampleReader samples, int sampleRate) =>
        new(Resampler.Resample(samples, sampleRate), Resampler.LengthOf(count, SampleRate, sampleRate));

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

    private sealed class MeasuredReader(ISampleReader samples, long length) : IMeasuredReader
    {
        public string Description => samples.Description;

        public int SampleRate => samples.SampleRate;

        public long? Length => length;

        public ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default) =>
            samples.ReadAsync(destination, cancellationToken);

        public ValueTask DisposeAsync() => samples.DisposeAsync();
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

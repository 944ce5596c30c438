using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// The samples of a WAV file: integers of 8 to 32 bits or floats of 32 or 64 bits, any rate, any number of channels
/// mixed to one by <see cref="ChannelMixer"/>. A file that ends before its announced length gives the samples that it has.
/// </summary>
internal sealed class WavReader : ISampleReader
{
    private const int FramesPerBlock = 4096;

    private readonly Stream stream;
    private readonly WavFormat format;
    private readonly byte[] block;
    private readonly float[] samples;
    private readonly ChannelMixer mixer;
    private long bytesLeft;

    private WavReader(Stream stream, WavFormat format, long dataBytes, string description)
    {
        this.stream = stream;
        this.format = format;
        bytesLeft = dataBytes;
        Description = description;
        block = new byte[FramesPerBlock * format.BytesPerFrame];
        samples = new float[FramesPerBlock * format.Channels];
        mixer = new ChannelMixer(format.Channels, format.SampleRate);
    }

    public string Description { get; }

    public int SampleRate => format.SampleRate;

    /// <summary>Reads the header. The stream is the new object's, unless null is returned or an exception thrown.</summary>
    /// <returns>Null where the file's encoding is not one that is read here.</returns>
    public static async ValueTask<WavReader?> OpenAsync(Stream stream, string description, CancellationToken cancellationToken)
    {
        (WavFormat format, long dataBytes) = await WavHeader.ReadAsync(stream, description, cancellationToken).ConfigureAwait(false);
        return format.Encoding == WavEncoding.Other ? null : new WavReader(stream, format, dataBytes, description);
    }

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int frames = Math.Min(destination.Length, FramesPerBlock);
        int wanted = (int)Math.Min((long)frames * format.BytesPerFrame, bytesLeft);
        int read = await stream.ReadAtLeastAsync(block.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        bytesLeft = read < wanted ? 0 : bytesLeft - read;
        // What is left of a frame at the end of a truncated file is dropped.
        int count = read / format.BytesPerFrame;
        Span<float> all = samples.AsSpan(0, count * format.Channels);
        ReadSamples(block.AsSpan(0, count * format.BytesPerFrame), all);
        mixer.Mix(all, destination.Span[..count]);
        return count;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    // A minute is a million samples, read before anything else happens: compiled well from the first call on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadSamples(ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        int size = format.BytesPerSample;
        for (int n = 0; n < destination.Length; n++)
        {
            destination[n] = (float)ReadSample(bytes.Slice(n * size, size));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double ReadSample(ReadOnlySpan<byte> bytes) => (format.Encoding, bytes.Length) switch
    {
        (WavEncoding.FloatingPoint, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (WavEncoding.FloatingPoint, _) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (_, 1) => (bytes[0] - 128) / 128.0,
        (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
        (_, 3) => (bytes[0] | bytes[1] << 8 | (sbyte)bytes[2] << 16) / 8388608.0,
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
    };
}

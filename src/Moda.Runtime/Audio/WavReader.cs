using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// The samples of a WAV file: integers of 8 to 32 bits or floats of 32 or 64 bits, any rate, any number of channels. A file that ends
/// before its announced length gives the samples that are present.
/// </summary>
internal sealed class WavReader : IChannelReader
{
    private const int FramesPerBlock = 4096;

    private readonly Stream stream;
    private readonly WavFormat format;
    private readonly byte[] block;
    private long bytesLeft;

    private WavReader(Stream stream, WavFormat format, long dataBytes, string description)
    {
        this.stream = stream;
        this.format = format;
        bytesLeft = dataBytes;
        Description = description;
        block = new byte[FramesPerBlock * format.BytesPerFrame];
    }

    public string Description { get; }

    public int SampleRate => format.SampleRate;

    public int Channels => format.Channels;

    /// <summary>
    /// Reads the header. The returned reader owns the stream. When null is returned or an exception is thrown, the caller still owns it.
    /// </summary>
    /// <returns>Null when this class does not support the file's encoding.</returns>
    public static async ValueTask<WavReader?> OpenAsync(Stream stream, string description, CancellationToken cancellationToken)
    {
        (WavFormat format, long dataBytes) = await WavHeader.ReadAsync(stream, description, cancellationToken).ConfigureAwait(false);
        return format.Encoding == WavEncoding.Other ? null : new WavReader(stream, format, dataBytes, description);
    }

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        int frames = Math.Min(destination.Length / format.Channels, FramesPerBlock);
        int wanted = (int)Math.Min((long)frames * format.BytesPerFrame, bytesLeft);
        int read = await stream.ReadAtLeastAsync(block.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        bytesLeft = read < wanted ? 0 : bytesLeft - read;
        // A truncated file can end within an instant. Its incomplete samples are dropped.
        int count = read / format.BytesPerFrame;
        ReadSamples(block.AsSpan(0, count * format.BytesPerFrame), destination.Span[..(count * format.Channels)]);
        return count;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    // A minute has a million samples, and they are read before anything else happens. The method is therefore optimised from its first call
    // on.
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

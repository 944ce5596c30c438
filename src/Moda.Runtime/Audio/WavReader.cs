using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moda.Runtime.Audio;

/// <summary>
/// The samples of a WAV file: integers of 8 to 32 bits or floats of 32 or 64 bits, any rate, any number of channels. A file that ends
/// before its announced length gives the samples that are present.
/// </summary>
/// <remarks>
/// It reads streams that cannot seek, such as pipes and requests, and any number of channels into buffers of any length. NAudio's reader, which is
/// about as fast, does neither.
/// </remarks>
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
        switch (format.Encoding, format.BytesPerSample)
        {
            case (WavEncoding.FloatingPoint, 4):
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(destination);
                break;
            case (WavEncoding.FloatingPoint, _):
                Convert(MemoryMarshal.Cast<byte, double>(bytes), fullScale: 1, destination);
                break;
            case (_, 1):
                for (int n = 0; n < destination.Length; n++)
                {
                    destination[n] = (bytes[n] - 128) / 128f;
                }

                break;
            case (_, 2):
                Convert(MemoryMarshal.Cast<byte, short>(bytes), fullScale: 32768, destination);
                break;
            case (_, 3):
                for (int n = 0; n < destination.Length; n++)
                {
                    ReadOnlySpan<byte> sample = bytes.Slice(3 * n, 3);
                    destination[n] = (sample[0] | (sample[1] << 8) | ((sbyte)sample[2] << 16)) / 8388608f;
                }

                break;
            default:
                Convert(MemoryMarshal.Cast<byte, int>(bytes), fullScale: 2147483648, destination);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert<TSample>(ReadOnlySpan<TSample> samples, float fullScale, Span<float> destination)
        where TSample : unmanaged, INumber<TSample>
    {
        for (int n = 0; n < destination.Length; n++)
        {
            destination[n] = float.CreateTruncating(samples[n]) / fullScale;
        }
    }
}

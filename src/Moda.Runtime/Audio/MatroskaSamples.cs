using System.Buffers.Binary;

namespace Moda.Runtime.Audio;

/// <summary>
/// Reads the stream that ffmpeg writes as Matroska with one track of 32-bit float samples: each block of samples comes with the time
/// at which it is heard, which WAV cannot say. It reads what ffmpeg writes and no other Matroska.
/// </summary>
internal sealed class MatroskaSamples
{
    private const ulong Header = 0x1A45DFA3;
    private const ulong Segment = 0x18538067;
    private const ulong Tracks = 0x1654AE6B;
    private const ulong Track = 0xAE;
    private const ulong AudioSettings = 0xE1;
    private const ulong SamplingFrequency = 0xB5;
    private const ulong ChannelCount = 0x9F;
    private const ulong Cluster = 0x1F43B675;
    private const ulong ClusterTime = 0xE7;
    private const ulong SimpleBlock = 0xA3;
    private const ulong BlockGroup = 0xA0;
    private const ulong Block = 0xA1;

    // Track number, time and flags in front of a block's samples.
    private const int BlockHeaderLength = 4;
    private const ulong LongestBlock = 1 << 28;

    private readonly Stream stream;
    private readonly byte[] small = new byte[8];
    private byte[] block = [];
    private long clusterTime;

    private MatroskaSamples(Stream stream) => this.stream = stream;

    /// <summary>Samples of a channel in a second.</summary>
    public int SampleRate { get; private set; }

    /// <summary>Samples that are heard at once.</summary>
    public int Channels { get; private set; }

    /// <summary>Reads to the first block.</summary>
    /// <returns>Null where the stream ends before.</returns>
    /// <exception cref="InvalidDataException">It is not what ffmpeg writes.</exception>
    public static async ValueTask<MatroskaSamples?> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var samples = new MatroskaSamples(stream);
        while (await samples.NextElementAsync(cancellationToken).ConfigureAwait(false) is { } element)
        {
            switch (element.Id)
            {
                case Header:
                    await samples.SkipAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case SamplingFrequency:
                    samples.SampleRate = (int)await samples.ReadFloatAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case ChannelCount:
                    samples.Channels = (int)await samples.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case Segment or Tracks or Track or AudioSettings:
                    break;
                case Cluster:
                    return samples.SampleRate > 0 && samples.Channels > 0
                        ? samples
                        : throw new InvalidDataException("ffmpeg's samples have no rate or no channels.");
                default:
                    await samples.SkipAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        return null;
    }

    /// <summary>Reads the next block.</summary>
    /// <returns>When it is heard, in milliseconds, and its bytes, valid until the next call; null at the end.</returns>
    /// <exception cref="InvalidDataException">It is not what ffmpeg writes.</exception>
    public async ValueTask<(long Milliseconds, ReadOnlyMemory<byte> Samples)?> NextAsync(CancellationToken cancellationToken)
    {
        while (await NextElementAsync(cancellationToken).ConfigureAwait(false) is { } element)
        {
            switch (element.Id)
            {
                case Cluster or BlockGroup:
                    break;
                case ClusterTime:
                    clusterTime = (long)await ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case SimpleBlock or Block when element.Size is > BlockHeaderLength and <= LongestBlock:
                    int length = (int)element.Size;
                    if (block.Length < length)
                    {
                        block = new byte[length];
                    }
                    if (!await FillAsync(block.AsMemory(0, length), cancellationToken).ConfigureAwait(false))
                    {
                        return null;
                    }
                    short offset = BinaryPrimitives.ReadInt16BigEndian(block.AsSpan(1));
                    return (clusterTime + offset, block.AsMemory(BlockHeaderLength, length - BlockHeaderLength));
                default:
                    await SkipAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        return null;
    }

    private async ValueTask<(ulong Id, ulong Size)?> NextElementAsync(CancellationToken cancellationToken) =>
        await ReadVariableAsync(keepsMarker: true, cancellationToken).ConfigureAwait(false) is { } id
            && await ReadVariableAsync(keepsMarker: false, cancellationToken).ConfigureAwait(false) is { } size
            ? (id, size)
            : null;

    // A number whose leading zero bits say how many bytes follow the first one. An identifier keeps the bit that ends them.
    private async ValueTask<ulong?> ReadVariableAsync(bool keepsMarker, CancellationToken cancellationToken)
    {
        if (!await FillAsync(small.AsMemory(0, 1), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }
        int more = small[0] == 0
            ? throw new InvalidDataException("ffmpeg's samples are not Matroska.")
            : System.Numerics.BitOperations.LeadingZeroCount((uint)small[0]) - 24;
        ulong value = keepsMarker ? small[0] : (ulong)(small[0] & (0x7F >> more));
        if (!await FillAsync(small.AsMemory(0, more), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }
        return Append(value, small.AsSpan(0, more));
    }

    private async ValueTask<ulong> ReadNumberAsync(ulong size, CancellationToken cancellationToken)
    {
        if (size > (ulong)small.Length)
        {
            throw new InvalidDataException($"ffmpeg's samples have a number of {size} bytes.");
        }
        bool isComplete = await FillAsync(small.AsMemory(0, (int)size), cancellationToken).ConfigureAwait(false);
        return isComplete ? Append(0, small.AsSpan(0, (int)size)) : throw new InvalidDataException("ffmpeg's samples end in a number.");
    }

    private async ValueTask<double> ReadFloatAsync(ulong size, CancellationToken cancellationToken)
    {
        ulong bits = await ReadNumberAsync(size, cancellationToken).ConfigureAwait(false);
        return size == sizeof(float) ? BitConverter.UInt32BitsToSingle((uint)bits) : BitConverter.UInt64BitsToDouble(bits);
    }

    private static ulong Append(ulong value, ReadOnlySpan<byte> bytes)
    {
        foreach (byte next in bytes)
        {
            value = value << 8 | next;
        }
        return value;
    }

    private async ValueTask SkipAsync(ulong size, CancellationToken cancellationToken)
    {
        byte[] skipped = new byte[Math.Min(size, 4096)];
        while (size > 0)
        {
            int read = await stream.ReadAsync(skipped.AsMemory(0, (int)Math.Min(size, (ulong)skipped.Length)), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }
            size -= (ulong)read;
        }
    }

    private async ValueTask<bool> FillAsync(Memory<byte> destination, CancellationToken cancellationToken) =>
        await stream.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
            == destination.Length;
}

using System.Buffers.Binary;

namespace Moda.Runtime.Processes;

/// <summary>
/// Reads Matroska streams that ffmpeg writes, with one track of raw samples or raw frames. Matroska gives each block its time, which WAV
/// and raw video cannot. Only ffmpeg's form of Matroska is supported.
/// </summary>
internal sealed class MatroskaReader
{
    private const ulong Header = 0x1A45DFA3;
    private const ulong Segment = 0x18538067;
    private const ulong Tracks = 0x1654AE6B;
    private const ulong Track = 0xAE;
    private const ulong DefaultDuration = 0x23E383;
    private const ulong AudioSettings = 0xE1;
    private const ulong SamplingFrequency = 0xB5;
    private const ulong ChannelCount = 0x9F;
    private const ulong VideoSettings = 0xE0;
    private const ulong PixelWidth = 0xB0;
    private const ulong PixelHeight = 0xBA;
    private const ulong ShownWidth = 0x54B0;
    private const ulong ShownHeight = 0x54BA;
    private const ulong Cluster = 0x1F43B675;
    private const ulong ClusterTime = 0xE7;
    private const ulong SimpleBlock = 0xA3;
    private const ulong BlockGroup = 0xA0;
    private const ulong Block = 0xA1;

    // The track number, time and flags before a block's bytes.
    private const int BlockHeaderLength = 4;
    private const ulong LongestBlock = 1 << 28;

    private readonly Stream stream;
    private readonly byte[] small = new byte[8];
    private long clusterTime;
    private int shownWidth;
    private int shownHeight;

    private MatroskaReader(Stream stream) => this.stream = stream;

    /// <summary>Samples per second of each channel; 0 for a video track.</summary>
    public int SampleRate { get; private set; }

    /// <summary>The number of channels; 0 for a video track.</summary>
    public int Channels { get; private set; }

    /// <summary>The width of a frame in pixels; 0 for an audio track.</summary>
    public int Width { get; private set; }

    /// <summary>The height of a frame in pixels; 0 for an audio track.</summary>
    public int Height { get; private set; }

    /// <summary>The width of a pixel divided by its height.</summary>
    public double PixelAspect => shownWidth > 0 && shownHeight > 0 ? (double)shownWidth * Height / ((double)shownHeight * Width) : 1;

    /// <summary>The duration of a frame in nanoseconds; 0 when the stream does not give it.</summary>
    public long FrameNanoseconds { get; private set; }

    /// <summary>Reads up to the first block.</summary>
    /// <returns>Null when the stream ends before the first block.</returns>
    /// <exception cref="InvalidDataException">The stream does not have the form that ffmpeg writes.</exception>
    public static async ValueTask<MatroskaReader?> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reader = new MatroskaReader(stream);
        while (await reader.NextElementAsync(cancellationToken).ConfigureAwait(false) is { } element)
        {
            switch (element.Id)
            {
                case SamplingFrequency:
                    reader.SampleRate = (int)await reader.ReadFloatAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case ChannelCount:
                    reader.Channels = (int)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case PixelWidth:
                    reader.Width = (int)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case PixelHeight:
                    reader.Height = (int)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case ShownWidth:
                    reader.shownWidth = (int)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case ShownHeight:
                    reader.shownHeight = (int)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case DefaultDuration:
                    reader.FrameNanoseconds = (long)await reader.ReadNumberAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
                case Segment or Tracks or Track or AudioSettings or VideoSettings:
                    break;
                case Cluster:
                    return reader is { SampleRate: > 0, Channels: > 0 } or { Width: > 0, Height: > 0 }
                        ? reader
                        : throw new InvalidDataException("ffmpeg's output has neither samples nor frames.");
                case Header:
                default:
                    await reader.SkipAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        return null;
    }

    /// <summary>Moves to the next block. <see cref="ReadAsync"/> then reads its bytes.</summary>
    /// <returns>The block's time in milliseconds and its length in bytes; null at the end.</returns>
    /// <exception cref="InvalidDataException">The stream does not have the form that ffmpeg writes.</exception>
    public async ValueTask<(long Milliseconds, int Length)?> NextAsync(CancellationToken cancellationToken)
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
                    if (!await ReadAsync(small.AsMemory(0, BlockHeaderLength), cancellationToken).ConfigureAwait(false))
                    {
                        return null;
                    }
                    short offset = BinaryPrimitives.ReadInt16BigEndian(small.AsSpan(1));
                    return (clusterTime + offset, (int)element.Size - BlockHeaderLength);
                default:
                    await SkipAsync(element.Size, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        return null;
    }

    /// <summary>Reads the bytes of the current block. It must be called exactly once for each block, for all its bytes.</summary>
    /// <param name="destination">Receives the bytes. It has the block's length.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>False when the stream ends within the block.</returns>
    public async ValueTask<bool> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken) =>
        await stream.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
            == destination.Length;

    private async ValueTask<(ulong Id, ulong Size)?> NextElementAsync(CancellationToken cancellationToken) =>
        await ReadVariableAsync(keepsMarker: true, cancellationToken).ConfigureAwait(false) is { } id
            && await ReadVariableAsync(keepsMarker: false, cancellationToken).ConfigureAwait(false) is { } size
            ? (id, size)
            : null;

    // Reads a number of variable length. The number of leading zero bits is the number of bytes after the first one. Identifiers keep the
    // marker bit that ends these zeros; sizes do not.
    private async ValueTask<ulong?> ReadVariableAsync(bool keepsMarker, CancellationToken cancellationToken)
    {
        if (!await ReadAsync(small.AsMemory(0, 1), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }
        int more = small[0] == 0
            ? throw new InvalidDataException("ffmpeg's output is not Matroska.")
            : System.Numerics.BitOperations.LeadingZeroCount((uint)small[0]) - 24;
        ulong value = keepsMarker ? small[0] : (ulong)(small[0] & (0x7F >> more));
        if (!await ReadAsync(small.AsMemory(0, more), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }
        return Append(value, small.AsSpan(0, more));
    }

    private async ValueTask<ulong> ReadNumberAsync(ulong size, CancellationToken cancellationToken)
    {
        if (size > (ulong)small.Length)
        {
            throw new InvalidDataException($"ffmpeg's output has a number of {size} bytes.");
        }
        bool isComplete = await ReadAsync(small.AsMemory(0, (int)size), cancellationToken).ConfigureAwait(false);
        return isComplete ? Append(0, small.AsSpan(0, (int)size)) : throw new InvalidDataException("ffmpeg's output ends in a number.");
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
}

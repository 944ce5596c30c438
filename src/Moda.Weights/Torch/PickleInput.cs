using System.Buffers.Binary;
using System.Text;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>
/// The bytes of a pickle, read from its file on demand. The end of a pickle is known only after it has been read, and in a checkpoint of
/// the old form gigabytes of elements follow it.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="start">The position of the pickle in the file.</param>
/// <param name="end">The position at which the pickle ends at the latest.</param>
internal sealed class PickleInput(WeightFile file, long start, long end)
{
    private const int BufferBytes = 1 << 16;

    // Longer than any real Python module or class name.
    private const int LongestLine = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] buffer = [];
    private int next;
    private int filled;

    /// <summary>The number of bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>Takes the next bytes. The span is valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The pickle ends before that many bytes.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (filled - next < count)
        {
            Fill(count);
        }

        ReadOnlySpan<byte> taken = buffer.AsSpan(next, count);
        next += count;
        Position += count;
        return taken;
    }

    public byte TakeByte() => Take(1)[0];

    public uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Takes a length of four bytes.</summary>
    public int TakeLength4() => CheckLength(TakeUInt32());

    /// <summary>Takes a length of eight bytes.</summary>
    public int TakeLength8() => CheckLength(BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))));

    /// <summary>Takes UTF-8 text of the given number of bytes.</summary>
    public string TakeUtf8(int count) => StrictUtf8.GetString(Take(count));

    /// <summary>Takes a line. The returned text does not include the line's end.</summary>
    public string TakeLine()
    {
        int available = (int)Math.Min(LongestLine, end - start - Position);
        if (filled - next < available)
        {
            Fill(available);
        }

        int length = buffer.AsSpan(next, available).IndexOf((byte)'\n');
        string line = length >= 0 ? TakeUtf8(length) : throw new InvalidDataException("A name does not end.");
        Take(1);
        return line;
    }

    private static int CheckLength(ulong length) =>
        length <= int.MaxValue ? (int)length : throw new InvalidDataException($"A length of {length} bytes is beyond the file.");

    // Moves the bytes that are not taken yet to the front, and reads more behind them.
    private void Fill(int count)
    {
        long rest = end - start - Position;
        if (count > rest)
        {
            throw new InvalidDataException("It ends too early. Is the file truncated?");
        }

        int kept = filled - next;
        int wanted = (int)Math.Min(rest, Math.Max(count, BufferBytes));
        byte[] target = wanted > buffer.Length ? new byte[wanted] : buffer;
        buffer.AsSpan(next, kept).CopyTo(target);
        file.Read(start + Position + kept, target.AsSpan(kept, wanted - kept));
        (buffer, next, filled) = (target, 0, wanted);
    }
}

using System.Buffers.Binary;
using System.Text;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>
/// The bytes of a pickle, read from its file as they are asked for: where a pickle ends is known only when it has been read, and a
/// checkpoint of the old form continues with gigabytes of elements.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the pickle begins.</param>
/// <param name="end">Where it ends at the latest.</param>
internal sealed class PickleInput(WeightFile file, long start, long end)
{
    private const int BufferBytes = 1 << 16;

    // Python's names of modules and classes are far shorter.
    private const int LongestLine = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] buffer = [];
    private int next;
    private int filled;

    /// <summary>The bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>Takes the next bytes. They must be used before others are taken.</summary>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
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

    /// <summary>Takes text of that many bytes.</summary>
    public string TakeUtf8(int count) => StrictUtf8.GetString(Take(count));

    /// <summary>Takes a line and its end; the end is not part of the text.</summary>
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

    // Keeps what has not been taken yet and reads on behind it.
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

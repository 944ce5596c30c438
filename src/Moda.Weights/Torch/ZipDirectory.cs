using System.Buffers.Binary;
using System.Text;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>
/// The directory of a ZIP archive as PyTorch writes it, with uncompressed entries. It holds the names and positions of the entries, so that
/// they can be read in place without unpacking. ZIP64 is supported. Format: PKWARE APPNOTE 6.3.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x0605_4B50;
    private const uint End64Signature = 0x0606_4B50;
    private const uint End64LocatorSignature = 0x0706_4B50;
    private const uint EntrySignature = 0x0201_4B50;
    private const uint LocalSignature = 0x0403_4B50;
    private const int EndLength = 22;
    private const int End64Length = 56;
    private const int End64LocatorLength = 20;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int LongestComment = ushort.MaxValue;
    private const ushort Zip64Field = 1;

    private readonly WeightFile file;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>Reads the directory.</summary>
    /// <exception cref="CheckpointFormatException">The file has no directory, or the directory is damaged.</exception>
    public ZipDirectory(WeightFile file)
    {
        this.file = file;
        (long offset, long length, long count) = FindDirectory();
        if (length is < 0 or > int.MaxValue || count < 0 || count > length / EntryLength)
        {
            throw Damaged("its directory says more than it can hold");
        }

        ReadEntries(file.ReadBytes(offset, (int)length), count);
    }

    /// <summary>The entries' names.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>Finds the position and length of an entry's bytes.</summary>
    /// <exception cref="CheckpointFormatException">The entry does not exist, or is compressed or encrypted.</exception>
    public (long Offset, long Length) Locate(string name)
    {
        if (!entries.TryGetValue(name, out Entry entry))
        {
            throw Damaged($"its entry '{name}' is missing");
        }

        if (entry.Method != 0 || (entry.Flags & 1) != 0)
        {
            throw Damaged($"its entry '{name}' is compressed or encrypted, which PyTorch does not do. Save the checkpoint with torch.save");
        }

        // The local header repeats the name and the extra field, but pads the field differently to align the data to 64 bytes.
        ReadOnlySpan<byte> header = file.ReadBytes(entry.HeaderOffset, LocalLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw Damaged($"its entry '{name}' has no header");
        }

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        long offset = entry.HeaderOffset + LocalLength + nameLength + extraLength;
        return offset <= file.Length - entry.Length
            ? (offset, entry.Length)
            : throw Damaged($"its entry '{name}' ends after the file. Is it truncated?");
    }

    private (long Offset, long Length, long Count) FindDirectory()
    {
        // The end record is at the end of the file. Only a comment may follow it.
        int tailLength = (int)Math.Min(file.Length, EndLength + LongestComment);
        long tailOffset = file.Length - tailLength;
        ReadOnlySpan<byte> tail = file.ReadBytes(tailOffset, tailLength);
        for (int i = tailLength - EndLength; i >= 0; i--)
        {
            ReadOnlySpan<byte> end = tail[i..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature
                || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndLength)
            {
                continue;
            }

            long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            return count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue
                ? FindDirectory64(tailOffset + i)
                : (offset, length, count);
        }

        throw Damaged("its directory, at the end of the file, is missing. Is it truncated?");
    }

    private (long Offset, long Length, long Count) FindDirectory64(long endOffset)
    {
        ReadOnlySpan<byte> found = file.ReadBytes(endOffset - End64LocatorLength, End64LocatorLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(found) != End64LocatorSignature)
        {
            throw Damaged("its ZIP64 directory cannot be found");
        }

        ReadOnlySpan<byte> end = file.ReadBytes(BinaryPrimitives.ReadInt64LittleEndian(found[8..]), End64Length);
        return BinaryPrimitives.ReadUInt32LittleEndian(end) == End64Signature
            ? (BinaryPrimitives.ReadInt64LittleEndian(end[48..]), BinaryPrimitives.ReadInt64LittleEndian(end[40..]), BinaryPrimitives.ReadInt64LittleEndian(end[32..]))
            : throw Damaged("its ZIP64 directory is damaged");
    }

    private void ReadEntries(ReadOnlySpan<byte> directory, long count)
    {
        for (long i = 0; i < count; i++)
        {
            if (directory.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(directory) != EntrySignature)
            {
                throw Damaged("its directory is damaged");
            }

            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
            int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
            if (directory.Length < EntryLength + nameLength + extraLength + commentLength)
            {
                throw Damaged("its directory is damaged");
            }

            string name = Encoding.UTF8.GetString(directory.Slice(EntryLength, nameLength));
            long packed = BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(directory[24..]);
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(directory[42..]);
            ReadZip64Field(directory.Slice(EntryLength + nameLength, extraLength), ref length, ref packed, ref offset);
            ushort method = BinaryPrimitives.ReadUInt16LittleEndian(directory[10..]);
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(directory[8..]);
            if (length < 0 || offset < 0 || !entries.TryAdd(name, new Entry(method, flags, length, offset)))
            {
                throw Damaged($"its entry '{name}' is described twice or wrongly");
            }

            directory = directory[(EntryLength + nameLength + extraLength + commentLength)..];
        }
    }

    // A value that does not fit into 32 bits is 0xFFFFFFFF in the record and stands in this field, in this order.
    private static void ReadZip64Field(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            ushort kind = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int size = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            if (kind == Zip64Field)
            {
                Widen(ref field, ref length);
                Widen(ref field, ref packed);
                Widen(ref field, ref offset);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Widen(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value == uint.MaxValue && field.Length >= 8)
        {
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    private CheckpointFormatException Damaged(string problem) => new(file.Path, problem.EndsWith('?') ? problem : problem + ".");

    private readonly record struct Entry(ushort Method, ushort Flags, long Length, long HeaderOffset);
}

using System.Buffers.Binary;

namespace Moda.Runtime.Imaging;

/// <summary>Walks through the chunks of a PNG, up to the first that is not whole.</summary>
/// <param name="file">The file's bytes.</param>
internal ref struct PngChunks(ReadOnlySpan<byte> file)
{
    private const int SignatureLength = 8;

    /// <summary>Before the content 4 bytes of length and 4 of name, behind it 4 of checksum.</summary>
    private const int Around = 12;

    private readonly ReadOnlySpan<byte> file = file;
    private int end = Math.Min(SignatureLength, file.Length);

    /// <summary>Where the current chunk begins in the file.</summary>
    public int Start { get; private set; }

    /// <summary>Four letters.</summary>
    public readonly ReadOnlySpan<byte> Name => file.Slice(Start + 4, 4);

    /// <summary>What the chunk's length counts.</summary>
    public readonly ReadOnlySpan<byte> Content => file[(Start + 8)..(end - 4)];

    /// <summary>Goes to the next chunk.</summary>
    /// <returns>False where there is no other.</returns>
    public bool MoveNext()
    {
        ReadOnlySpan<byte> rest = file[end..];
        if (rest.Length < Around || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - Around)
        {
            return false;
        }

        Start = end;
        end += Around + (int)length;
        return true;
    }

    /// <summary>
    /// The file without texts that may be packed: the decoder would unpack each of up to a thousand into 8 MB, before it looks at the picture.
    /// </summary>
    /// <returns>A copy where there are such texts.</returns>
    public static ReadOnlySpan<byte> WithoutTexts(ReadOnlySpan<byte> file)
    {
        byte[]? copy = null;
        int length = 0;
        int kept = 0;
        var chunks = new PngChunks(file);
        while (chunks.MoveNext())
        {
            if (chunks.Name.SequenceEqual("zTXt"u8) || chunks.Name.SequenceEqual("iTXt"u8))
            {
                copy ??= new byte[file.Length];
                file[kept..chunks.Start].CopyTo(copy.AsSpan(length));
                length += chunks.Start - kept;
                kept = chunks.end;
            }
        }

        if (copy is null)
        {
            return file;
        }

        file[kept..].CopyTo(copy.AsSpan(length));
        return copy.AsSpan(0, length + file.Length - kept);
    }
}

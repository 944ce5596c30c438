using System.Buffers.Binary;

namespace Moda.Runtime.Imaging;

/// <summary>Iterates over the chunks of a PNG, up to the first incomplete one.</summary>
/// <param name="file">The file's bytes.</param>
internal ref struct PngChunks(ReadOnlySpan<byte> file)
{
    private const int SignatureLength = 8;

    /// <summary>The bytes around a chunk's content: 4 of length and 4 of name before it, 4 of checksum after it.</summary>
    private const int Around = 12;

    private readonly ReadOnlySpan<byte> file = file;
    private int end = Math.Min(SignatureLength, file.Length);

    /// <summary>The position of the current chunk in the file.</summary>
    public int Start { get; private set; }

    /// <summary>The chunk's name: four letters.</summary>
    public readonly ReadOnlySpan<byte> Name => file.Slice(Start + 4, 4);

    /// <summary>The chunk's content.</summary>
    public readonly ReadOnlySpan<byte> Content => file[(Start + 8)..(end - 4)];

    /// <summary>Moves to the next chunk.</summary>
    /// <returns>False when there is no further chunk.</returns>
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
    /// Removes chunks of text that can be compressed. The decoder would expand up to a thousand of them, each to 8 MB, before it decodes
    /// the picture.
    /// </summary>
    /// <returns>A copy without these chunks, or the file itself when it has none.</returns>
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

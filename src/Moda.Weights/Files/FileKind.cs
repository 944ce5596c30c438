using System.Buffers.Binary;
using System.Text;

namespace Moda.Weights.Files;

/// <summary>What a file holds, as its first bytes show.</summary>
internal enum FileKind
{
    /// <summary>Nothing that is known here; it may be anything.</summary>
    Unknown,

    /// <summary>No bytes, or a device or pipe, which have no length.</summary>
    Empty,

    /// <summary>The text that Git keeps in the place of a large file until git-lfs fetches it.</summary>
    GitLfsPointer,

    /// <summary>A web page, such as the log-in page that a browser or curl saved under the file's name.</summary>
    WebPage,

    /// <summary>A few words, such as a server's answer <c>Entry not found</c>.</summary>
    Text,

    /// <summary>A file packed by gzip, xz, bzip2, zstd, 7-Zip or tar.</summary>
    Packed,

    /// <summary>Zeros: space was reserved for the file, but its content never came.</summary>
    Zeros,

    /// <summary>Weights of another program: GGUF, HDF5, NumPy.</summary>
    Foreign,

    /// <summary>A safetensors file.</summary>
    Safetensors,

    /// <summary>A ZIP archive, which is what torch.save writes.</summary>
    TorchZip,

    /// <summary>A pickle, which is what torch.save wrote before PyTorch 1.6.</summary>
    TorchLegacy,

    /// <summary>An ONNX model. It begins like nothing else in particular: it is expected, never recognised.</summary>
    Onnx,
}

/// <summary>Recognises files by their first bytes.</summary>
internal static class FileKinds
{
    /// <summary>The longest header of a safetensors file in bytes, as the format's own library limits it. The largest models have a few megabytes.</summary>
    public const long LargestSafetensorsHeader = 100_000_000;

    // The opcode that a pickle begins with; the protocol's version follows it.
    private const byte PickleProtocol = 0x80;

    // Long enough for a page whose first lines are comments.
    private const int StartLength = 512;

    // Fewer zeros may be the beginning of something.
    private const int FewestZeros = 16;

    // A server's answer is short; a text of this length is something else.
    private const int LongestAnswer = 4096;

    private static readonly (byte[] Start, int Offset)[] Packed =
    [
        ([0x1F, 0x8B], 0),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], 0),
        ([(byte)'B', (byte)'Z', (byte)'h'], 0),
        ([0x28, 0xB5, 0x2F, 0xFD], 0),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], 0),
        ("ustar"u8.ToArray(), 257),
    ];

    private static readonly byte[][] Foreign = ["GGUF"u8.ToArray(), [0x89, (byte)'H', (byte)'D', (byte)'F'], [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y']];

    /// <summary>Recognises a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileKind Recognise(string path)
    {
        using var file = new WeightFile(path);
        return Recognise(file);
    }

    /// <summary>Recognises an open file.</summary>
    public static FileKind Recognise(WeightFile file)
    {
        byte[] start = file.ReadBytes(0, (int)Math.Min(file.Length, StartLength));
        return Recognise(start, file.Length);
    }

    /// <summary>Recognises a file.</summary>
    /// <param name="start">Its first bytes; more than 512 are not looked at.</param>
    /// <param name="length">How many it has.</param>
    public static FileKind Recognise(ReadOnlySpan<byte> start, long length)
    {
        start = start[..Math.Min(start.Length, StartLength)];
        if (start.IsEmpty)
        {
            return FileKind.Empty;
        }

        if (start.StartsWith("PK\u0003\u0004"u8))
        {
            return FileKind.TorchZip;
        }

        if (start.Length > 8 && start[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is > 1 and <= LargestSafetensorsHeader)
        {
            return FileKind.Safetensors;
        }

        if (start.Length > 1 && start[0] == PickleProtocol && start[1] is >= 1 and <= 5)
        {
            return FileKind.TorchLegacy;
        }

        foreach ((byte[] signature, int offset) in Packed)
        {
            if (start.Length >= offset + signature.Length && start[offset..].StartsWith(signature))
            {
                return FileKind.Packed;
            }
        }

        foreach (byte[] signature in Foreign)
        {
            if (start.StartsWith(signature))
            {
                return FileKind.Foreign;
            }
        }

        return start.Length >= FewestZeros && start.IndexOfAnyExcept((byte)0) < 0 ? FileKind.Zeros : RecogniseText(start, length);
    }

    private static FileKind RecogniseText(ReadOnlySpan<byte> start, long length)
    {
        foreach (byte value in start)
        {
            if (value < ' ' && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
            {
                return FileKind.Unknown;
            }
        }

        string text = Encoding.Latin1.GetString(start).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            return FileKind.GitLfsPointer;
        }

        foreach (string tag in (ReadOnlySpan<string>)["<!doctype html", "<html", "<head", "<body", "<?xml", "<!--"])
        {
            if (text.StartsWith(tag, StringComparison.OrdinalIgnoreCase))
            {
                return FileKind.WebPage;
            }
        }

        return length <= LongestAnswer ? FileKind.Text : FileKind.Unknown;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Moda.Weights.Files;

/// <summary>The kind of a file, recognised by its first bytes.</summary>
internal enum FileKind
{
    /// <summary>Not recognised. The file may be anything.</summary>
    Unknown,

    /// <summary>The file has no bytes, or is a device or a pipe, which has no length.</summary>
    Empty,

    /// <summary>A Git LFS pointer: the text that stands in place of a large file until git-lfs downloads it.</summary>
    GitLfsPointer,

    /// <summary>A web page, such as a log-in page that was saved under the weight file's name.</summary>
    WebPage,

    /// <summary>A short text, such as a server's answer <c>Entry not found</c>.</summary>
    Text,

    /// <summary>A file packed by gzip, xz, bzip2, zstd, 7-Zip or tar.</summary>
    Packed,

    /// <summary>Only zeros: a download reserved the space and never wrote the content.</summary>
    Zeros,

    /// <summary>Weights of another program: GGUF, HDF5, NumPy.</summary>
    Foreign,

    /// <summary>A safetensors file.</summary>
    Safetensors,

    /// <summary>A ZIP archive, the form that torch.save writes.</summary>
    TorchZip,

    /// <summary>A pickle, the form that torch.save wrote before PyTorch 1.6.</summary>
    TorchLegacy,

    /// <summary>An ONNX model. Its first bytes have no signature, so it can be expected but never recognised.</summary>
    Onnx,
}

/// <summary>Recognises files by their first bytes.</summary>
internal static class FileKinds
{
    /// <summary>
    /// The longest header of a safetensors file, in bytes. The format's own library has the same limit; the largest models need a few
    /// megabytes.
    /// </summary>
    public const long LargestSafetensorsHeader = 100_000_000;

    // The first opcode of a pickle. The protocol version follows it.
    private const byte PickleProtocol = 0x80;

    // Long enough to recognise a web page that starts with comments.
    private const int StartLength = 512;

    // Fewer zeros may be the start of a real file.
    private const int FewestZeros = 16;

    // A server's answer is short. A text of this length is something else.
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

    /// <summary>Recognises the kind of a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FileKind Recognise(string path)
    {
        using var file = new WeightFile(path);
        return Recognise(file);
    }

    /// <summary>Recognises the kind of an open file.</summary>
    public static FileKind Recognise(WeightFile file)
    {
        byte[] start = file.ReadBytes(0, (int)Math.Min(file.Length, StartLength));
        return Recognise(start, file.Length);
    }

    /// <summary>Recognises the kind of a file.</summary>
    /// <param name="start">The file's first bytes. Only the first 512 are used.</param>
    /// <param name="length">The file's length in bytes.</param>
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

using System.Buffers.Binary;

namespace Moda.Fuzz.Mutations;

/// <summary>RIFF, little-endian: WAV and WebP. Chunks are padded to an even length.</summary>
internal sealed class RiffForm : IPieceForm
{
    private const int HeadLength = 12;
    private const int ChunkHeadLength = 8;

    public List<FilePiece> Split(byte[] file)
    {
        int start = Math.Min(HeadLength, file.Length);
        List<FilePiece> pieces = [new([], file[..start])];
        int at = start;
        while (file.Length - at >= ChunkHeadLength)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4));
            if (length > file.Length - at - ChunkHeadLength)
            {
                break;
            }

            int end = at + ChunkHeadLength + (int)length;
            pieces.Add(new FilePiece(file[at..(at + 4)], file[(at + ChunkHeadLength)..end]));
            at = Math.Min(end + (end & 1), file.Length);
        }

        if (at < file.Length)
        {
            pieces.Add(new FilePiece([], file[at..]));
        }

        return pieces;
    }

    public byte[] Join(IReadOnlyList<FilePiece> pieces)
    {
        List<byte> file = [];
        byte[] number = new byte[sizeof(uint)];
        foreach (FilePiece piece in pieces)
        {
            if (piece.Tag.Length > 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(number, unchecked((uint)(piece.AnnouncedLength ?? piece.Content.Length)));
                file.AddRange(piece.Tag);
                file.AddRange(number);
            }

            file.AddRange(piece.Content);
            if (piece.Tag.Length > 0 && piece.Content.Length % 2 == 1 && !piece.HasFalseChecksum)
            {
                file.Add(0);
            }
        }

        // The first number of the file counts what follows it.
        byte[] joined = [.. file];
        if (joined.Length >= HeadLength && joined.AsSpan().StartsWith("RIFF"u8))
        {
            long length = pieces[0].AnnouncedLength ?? joined.Length - ChunkHeadLength;
            BinaryPrimitives.WriteUInt32LittleEndian(joined.AsSpan(4), unchecked((uint)length));
        }

        return joined;
    }

    public IReadOnlyList<PieceField> Fields(FilePiece piece)
    {
        (int Offset, int Size)[] fields = piece.Tag switch
        {
            _ when Is(piece, "fmt "u8) => [(0, 2), (2, 2), (4, 4), (4, 4), (8, 4), (12, 2), (14, 2), (16, 2), (18, 2), (20, 4), (24, 2)],
            _ when Is(piece, "ds64"u8) => [(0, 8), (8, 8), (16, 8), (24, 4)],
            _ when Is(piece, "VP8X"u8) => [(0, 1), (4, 2), (6, 1), (7, 2), (9, 1)],
            _ when Is(piece, "VP8L"u8) => [(1, 2), (3, 2), (5, 2)],
            _ when Is(piece, "VP8 "u8) => [(0, 1), (6, 2), (8, 2)],
            _ when Is(piece, "EXIF"u8) => [(4, 4), (8, 2), (10, 2), (12, 2), (14, 4), (18, 2)],
            _ => [],
        };
        return [.. fields.Select(field => new PieceField(field.Offset, field.Size, IsBigEndian: false))];
    }

    private static bool Is(FilePiece piece, ReadOnlySpan<byte> tag) => piece.Tag.AsSpan().SequenceEqual(tag);
}

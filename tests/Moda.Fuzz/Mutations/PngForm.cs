using System.Buffers.Binary;
using Moda.Testing.Imaging;

namespace Moda.Fuzz.Mutations;

/// <summary>PNG: a signature and chunks with checksums, which fit what is damaged.</summary>
internal sealed class PngForm : IPieceForm
{
    private const int SignatureLength = 8;
    private const int Around = 12;

    public List<FilePiece> Split(byte[] file)
    {
        int at = Math.Min(SignatureLength, file.Length);
        List<FilePiece> pieces = [new([], file[..at])];
        while (file.Length - at >= Around)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - Around)
            {
                break;
            }

            int content = at + 8;
            pieces.Add(new FilePiece(file[(at + 4)..content], file[content..(content + (int)length)]));
            at += Around + (int)length;
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
        foreach (FilePiece piece in pieces)
        {
            if (piece.Tag.Length == 0)
            {
                file.AddRange(piece.Content);
                continue;
            }

            byte[] chunk = EncodedImages.Chunk(piece.Tag, piece.Content);
            BinaryPrimitives.WriteUInt32BigEndian(chunk, unchecked((uint)(piece.AnnouncedLength ?? piece.Content.Length)));
            chunk[^1] ^= piece.HasFalseChecksum ? byte.MaxValue : byte.MinValue;
            file.AddRange(chunk);
        }

        return [.. file];
    }

    public IReadOnlyList<PieceField> Fields(FilePiece piece)
    {
        (int Offset, int Size)[] fields = piece.Tag switch
        {
            _ when piece.Tag.AsSpan().SequenceEqual("IHDR"u8) => [(0, 4), (4, 4), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1)],
            _ when piece.Tag.AsSpan().SequenceEqual("eXIf"u8) => [(4, 4), (8, 2), (10, 2), (12, 2), (14, 4), (18, 2)],
            _ when piece.Tag.AsSpan().SequenceEqual("gAMA"u8) => [(0, 4)],
            _ => [],
        };
        return [.. fields.Select(field => new PieceField(field.Offset, field.Size, IsBigEndian: true))];
    }
}

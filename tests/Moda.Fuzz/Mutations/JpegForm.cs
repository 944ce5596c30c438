using System.Buffers.Binary;

namespace Moda.Fuzz.Mutations;

/// <summary>JPEG: markers, segments, and the coded data between them.</summary>
internal sealed class JpegForm : IPieceForm
{
    private const byte Escape = 0xFF;
    private const byte StartOfScan = 0xDA;
    private const byte Application1 = 0xE1;

    /// <summary>A segment's length counts itself.</summary>
    private const int LengthSize = 2;

    public List<FilePiece> Split(byte[] file)
    {
        List<FilePiece> pieces = [];
        int at = 0;
        while (at < file.Length)
        {
            // Coded data, in which an escape is followed by 0 or a restart marker.
            int end = at;
            while (end < file.Length && !IsMarker(file, end))
            {
                end++;
            }

            if (end > at)
            {
                pieces.Add(new FilePiece([], file[at..end]));
                at = end;
                continue;
            }

            bool hasLength = file[at + 1] is not (0xD8 or 0xD9) && at + 4 <= file.Length;
            int length = hasLength ? BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2)) : 0;
            if (!hasLength || length < LengthSize || at + 2 + length > file.Length)
            {
                pieces.Add(new FilePiece([], file[at..(at + 2)]));
                at += 2;
                continue;
            }

            pieces.Add(new FilePiece(file[at..(at + 2)], file[(at + 4)..(at + 2 + length)]));
            at += 2 + length;
        }

        return pieces;
    }

    public byte[] Join(IReadOnlyList<FilePiece> pieces)
    {
        List<byte> file = [];
        byte[] number = new byte[LengthSize];
        foreach (FilePiece piece in pieces)
        {
            if (piece.Tag.Length > 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(number, unchecked((ushort)(piece.AnnouncedLength ?? piece.Content.Length + LengthSize)));
                file.AddRange(piece.Tag);
                file.AddRange(number);
            }

            file.AddRange(piece.Content);
        }

        return [.. file];
    }

    public IReadOnlyList<PieceField> Fields(FilePiece piece)
    {
        (int Offset, int Size)[] fields = piece.Tag is not [Escape, byte marker] ? []
            : marker switch
            {
                0xC0 or 0xC1 or 0xC2 => [(0, 1), (1, 2), (3, 2), (5, 1), (6, 1), (7, 1), (8, 1), (10, 1)],
                0xC4 => [(0, 1), (1, 1), (16, 1)],
                0xDB => [(0, 1), (1, 1)],
                0xDD => [(0, 2)],
                StartOfScan => [(0, 1), (1, 1), (2, 1), (7, 1), (8, 1), (9, 1)],
                Application1 => [(10, 4), (14, 2), (16, 2), (18, 2), (20, 4), (24, 2)],
                _ => [],
            };
        return [.. fields.Select(field => new PieceField(field.Offset, field.Size, IsBigEndian: true))];
    }

    private static bool IsMarker(byte[] file, int at) =>
        file[at] == Escape && at + 1 < file.Length && file[at + 1] is not (0 or Escape or (>= 0xD0 and <= 0xD7));
}

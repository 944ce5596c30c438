namespace Moda.Fuzz.Mutations;

/// <summary>Formats of one header with numbers at fixed places and data behind it, little-endian: BMP and GIF.</summary>
/// <param name="headLength">Bytes of the header.</param>
/// <param name="fields">Where its numbers are, and how many bytes each has.</param>
internal sealed class HeaderForm(int headLength, params (int Offset, int Size)[] fields) : IPieceForm
{
    /// <summary>BMP, with the header of 40 bytes.</summary>
    public static HeaderForm Bitmap { get; } = new(
        54, (2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (38, 4), (46, 4), (50, 4));

    /// <summary>GIF with a palette of 128 colours: the screen, and the first picture behind it.</summary>
    public static HeaderForm Gif { get; } = new(
        408, (4, 1), (6, 2), (8, 2), (10, 1), (11, 1), (397, 1), (398, 2), (400, 2), (402, 2), (404, 2), (406, 1), (407, 1));

    public List<FilePiece> Split(byte[] file)
    {
        int head = Math.Min(headLength, file.Length);
        return [new([], file[..head]), new([], file[head..])];
    }

    public byte[] Join(IReadOnlyList<FilePiece> pieces) => [.. pieces.SelectMany(piece => piece.Content)];

    public IReadOnlyList<PieceField> Fields(FilePiece piece) => piece.Content.Length == headLength
        ? [.. fields.Select(field => new PieceField(field.Offset, field.Size, IsBigEndian: false))]
        : [];
}

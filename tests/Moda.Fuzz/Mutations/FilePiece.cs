namespace Moda.Fuzz.Mutations;

/// <summary>A chunk of a RIFF or PNG file, or a segment of a JPEG.</summary>
/// <param name="Tag">Its name or marker; empty for bytes that stand in the file as they are, such as a signature.</param>
/// <param name="Content">What its length counts.</param>
internal sealed record FilePiece(byte[] Tag, byte[] Content)
{
    /// <summary>The length that the file gives it; null for the true one.</summary>
    public long? AnnouncedLength { get; init; }

    /// <summary>Whether its checksum is wrong, where the format has one.</summary>
    public bool HasFalseChecksum { get; init; }
}

/// <summary>A number in a piece.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Size">Its bytes: 1, 2, 4 or 8.</param>
/// <param name="IsBigEndian">Whether the highest byte comes first.</param>
internal readonly record struct PieceField(int Offset, int Size, bool IsBigEndian);

/// <summary>How a format is cut into pieces and put together again, lengths and checksums included.</summary>
internal interface IPieceForm
{
    /// <summary>The pieces of a file. One that is damaged ends in a piece without a tag, which has the rest.</summary>
    List<FilePiece> Split(byte[] file);

    /// <summary>The file of some pieces.</summary>
    byte[] Join(IReadOnlyList<FilePiece> pieces);

    /// <summary>The numbers that a piece is known to have.</summary>
    IReadOnlyList<PieceField> Fields(FilePiece piece);
}

using System.Buffers.Binary;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>Follows the boxes of an MP4 that comes in pieces, until its first fragment (moof) begins: the first frames.</summary>
internal sealed class Mp4Boxes
{
    private const int ShortHeader = 8;
    private const int LongHeader = 16;

    private readonly byte[] header = new byte[LongHeader];
    private int headerLength;
    private long left;

    /// <summary>Whether the first fragment has begun.</summary>
    public bool HasFragment { get; private set; }

    /// <summary>Takes the next piece.</summary>
    public void Read(ReadOnlySpan<byte> piece)
    {
        while (!HasFragment && !piece.IsEmpty)
        {
            if (left > 0)
            {
                int skipped = (int)Math.Min(left, piece.Length);
                piece = piece[skipped..];
                left -= skipped;
                continue;
            }

            header[headerLength++] = piece[0];
            piece = piece[1..];
            if (headerLength >= ShortHeader)
            {
                ReadHeader();
            }
        }
    }

    // A size of 1 says that the size stands behind the type, in 8 bytes.
    private void ReadHeader()
    {
        uint size = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (size == 1 && headerLength < LongHeader)
        {
            return;
        }

        HasFragment = header.AsSpan(sizeof(uint), sizeof(uint)).SequenceEqual("moof"u8);
        left = (size == 1 ? BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(ShortHeader)) : size) - headerLength;
        headerLength = 0;
    }
}

using System.Buffers.Binary;

namespace Moda.Fuzz.Mutations;

/// <summary>
/// Damage to files that consist of pieces: pieces that are lost, repeated or elsewhere, false lengths and checksums, and numbers, in
/// files that are whole otherwise.
/// </summary>
internal static class PieceMutation
{
    /// <summary>Sizes of pictures and samples, and depths; and those around the limits of readers.</summary>
    private static readonly long[] Sizes = [3, 4, 5, 6, 8, 15, 16, 17, 24, 32, 48, 1000, 1024, 8192, 8193, 16383, 16384, 32767, 44100, 65500];

    /// <summary>Damages a file in one to three places.</summary>
    public static byte[] Apply(Random random, byte[] original, IPieceForm form)
    {
        List<FilePiece> pieces = form.Split(original);
        for (int change = random.Next(1, 4); change > 0 && pieces.Count > 0; change--)
        {
            ApplyOne(random, pieces, form);
        }

        return form.Join(pieces);
    }

    private static void ApplyOne(Random random, List<FilePiece> pieces, IPieceForm form)
    {
        int place = random.Next(pieces.Count);
        FilePiece piece = pieces[place];
        switch (random.Next(12))
        {
            case 0:
                pieces.RemoveAt(place);
                break;
            case 1:
                pieces.Insert(random.Next(pieces.Count + 1), piece);
                break;
            case 2:
                int other = random.Next(pieces.Count);
                (pieces[place], pieces[other]) = (pieces[other], piece);
                break;
            case 3:
                pieces[place] = piece with { Content = Resize(random, piece.Content) };
                break;
            case 4:
                pieces[place] = piece with { AnnouncedLength = random.Chance(0.5) ? random.Pick(HostileValues.Integers) : piece.Content.Length + random.Next(-4, 5) };
                break;
            case 5:
                pieces[place] = piece with { HasFalseChecksum = true };
                break;
            case 6 or 7:
                pieces[place] = piece with { Content = ByteMutation.Apply(random, piece.Content) };
                break;
            default:
                OverwriteField(random, pieces, form);
                break;
        }
    }

    // Numbers are in few pieces and break most.
    private static void OverwriteField(Random random, List<FilePiece> pieces, IPieceForm form)
    {
        List<int> places = [.. Enumerable.Range(0, pieces.Count).Where(i => form.Fields(pieces[i]).Count > 0)];
        if (places.Count == 0)
        {
            return;
        }

        int place = random.Pick(places);
        FilePiece piece = pieces[place];
        pieces[place] = piece with { Content = Overwrite(random, piece.Content, random.Pick(form.Fields(piece))) };
    }

    /// <summary>Puts another number into a field; content without room for it stays.</summary>
    private static byte[] Overwrite(Random random, byte[] content, PieceField field)
    {
        if (field.Offset + field.Size > content.Length)
        {
            return content;
        }

        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, random.Chance(0.6) ? random.Pick(Sizes) : random.Pick(HostileValues.Integers));
        number = number[..field.Size];
        if (field.IsBigEndian)
        {
            number.Reverse();
        }

        byte[] changed = [.. content];
        number.CopyTo(changed.AsSpan(field.Offset));
        return changed;
    }

    private static byte[] Resize(Random random, byte[] content) => random.Next(3) switch
    {
        0 => content[..random.Next(content.Length + 1)],
        1 => [.. content, .. new byte[1 << random.Next(13)]],
        _ => [],
    };
}

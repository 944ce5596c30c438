using System.Buffers.Binary;

namespace Moda.Fuzz.Mutations;

/// <summary>Damage that knows nothing of a file's structure: changed, lost, repeated and inserted bytes.</summary>
internal static class ByteMutation
{
    /// <summary>Damages a file in one to four places.</summary>
    public static byte[] Apply(Random random, byte[] original)
    {
        List<byte> bytes = [.. original];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            ApplyOne(random, bytes);
        }

        return [.. bytes];
    }

    private static void ApplyOne(Random random, List<byte> bytes)
    {
        int place = random.Next(bytes.Count);
        int length = Math.Min(1 << random.Next(0, 11), bytes.Count - place);
        switch (random.Next(8))
        {
            case 0:
                bytes[place] = (byte)random.Next(256);
                break;
            case 1:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                OverwriteNumber(random, bytes, place);
                break;
            case 3:
                bytes.RemoveRange(place, length);
                break;
            case 4:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(place, length));
                break;
            case 6:
                bytes.InsertRange(place, Enumerable.Repeat((byte)random.Next(256), length));
                break;
            default:
                byte[] noise = new byte[length];
                random.NextBytes(noise);
                bytes.RemoveRange(place, length);
                bytes.InsertRange(place, noise);
                break;
        }
    }

    // Lengths, offsets and counts are numbers of 2, 4 or 8 bytes.
    private static void OverwriteNumber(Random random, List<byte> bytes, int place)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, random.Pick(HostileValues.Integers));
        int size = Math.Min(2 << random.Next(3), bytes.Count - place);
        for (int i = 0; i < size; i++)
        {
            bytes[place + i] = number[i];
        }
    }
}

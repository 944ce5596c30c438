using System.Buffers.Binary;
using System.Text;
using Moda.Weights.Torch;

namespace Moda.Fuzz.Mutations;

/// <summary>
/// Damage to a pickle that leaves it a sequence of opcodes: opcodes lost, repeated, exchanged and inserted, and arguments replaced. Most bytes
/// of a checkpoint lie behind its pickles, so that damage to any byte would rarely meet them.
/// </summary>
internal static class PickleMutation
{
    private static readonly string[] Globals =
    [
        "collections\nOrderedDict\n", "collections\ndefaultdict\n", "builtins\nlist\n", "builtins\nset\n", "builtins\ndict\n", "torch\nSize\n",
        "torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_parameter\n", "torch._tensor\n_rebuild_from_type_v2\n", "torch\nFloatStorage\n",
        "torch\nByteStorage\n", "torch.storage\nUntypedStorage\n", "torch\nfloat32\n", "pathlib\nPosixPath\n", "argparse\nNamespace\n", "numpy\ndtype\n",
        "os\nsystem\n", "builtins\neval\n", "\n\n",
    ];

    private static readonly byte[] Simple = [.. "()]}.aebstuRQN"u8, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8F, 0x90, 0x91, 0x93, 0x94];

    /// <summary>Damages pickles that follow each other at the beginning of some bytes, in one to three places; what follows them stays.</summary>
    public static byte[] Apply(Random random, byte[] content)
    {
        List<byte[]> opcodes = Split(content, out int end);
        for (int change = random.Next(1, 4); change > 0 && opcodes.Count > 1; change--)
        {
            ApplyOne(random, opcodes);
        }

        return [.. opcodes.SelectMany(opcode => opcode), .. content.AsSpan(end)];
    }

    private static void ApplyOne(Random random, List<byte[]> opcodes)
    {
        int place = random.Next(opcodes.Count);
        int length = Math.Min(random.Next(1, 12), opcodes.Count - place);
        switch (random.Next(7))
        {
            case 0:
                opcodes.RemoveRange(place, length);
                break;
            case 1:
                int times = 1 << random.Next(random.Chance(0.1) ? 14 : 4);
                opcodes.InsertRange(place, Enumerable.Repeat(opcodes.GetRange(place, length), times).SelectMany(part => part).ToList());
                break;
            case 2:
                int other = random.Next(opcodes.Count);
                (opcodes[place], opcodes[other]) = (opcodes[other], opcodes[place]);
                break;
            case 3:
                opcodes.InsertRange(random.Next(opcodes.Count), opcodes.GetRange(place, length));
                break;
            default:
                byte[] made = Opcode(random);
                if (random.Chance(0.5))
                {
                    opcodes[place] = made;
                }
                else
                {
                    opcodes.Insert(place, made);
                }

                break;
        }
    }

    private static byte[] Opcode(Random random)
    {
        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, random.Pick(HostileValues.Integers));
        byte[] text = Encoding.UTF8.GetBytes(random.Pick(HostileValues.Texts));
        byte[] textLength = BitConverter.GetBytes(text.Length);
        return random.Next(9) switch
        {
            0 => [(byte)PickleOpcode.BinInt, .. number.AsSpan(0, 4)],
            1 => [(byte)PickleOpcode.Long1, 8, .. number],
            2 => [(byte)PickleOpcode.BinUnicode, .. textLength, .. text],
            3 => [(byte)PickleOpcode.Global, .. Encoding.UTF8.GetBytes(random.Pick(Globals))],
            4 => [(byte)PickleOpcode.BinGet, (byte)random.Next(16)],
            5 => [(byte)PickleOpcode.BinPut, (byte)random.Next(16)],
            6 => [(byte)(random.Chance(0.5) ? PickleOpcode.LongBinPut : PickleOpcode.Long4), .. number.AsSpan(0, 4)],
            7 => [(byte)random.Next(256)],
            _ => [random.Pick(Simple)],
        };
    }

    private static List<byte[]> Split(byte[] content, out int end)
    {
        var opcodes = new List<byte[]>();
        end = 0;
        int position = 0;
        bool inside = false;
        while (position < content.Length && (inside || content[position] == (byte)PickleOpcode.Protocol))
        {
            int length = LengthOf(content.AsSpan(position));
            if (length <= 0 || length > content.Length - position)
            {
                break;
            }

            opcodes.Add(content.AsSpan(position, length).ToArray());
            inside = content[position] != (byte)PickleOpcode.Stop;
            position += length;
            end = position;
        }

        return opcodes;
    }

    // An opcode and its argument.
    private static int LengthOf(ReadOnlySpan<byte> bytes) => (PickleOpcode)bytes[0] switch
    {
        PickleOpcode.BinInt or PickleOpcode.LongBinGet or PickleOpcode.LongBinPut => 5,
        PickleOpcode.BinInt1 or PickleOpcode.BinGet or PickleOpcode.BinPut or PickleOpcode.Protocol => 2,
        PickleOpcode.BinInt2 => 3,
        PickleOpcode.BinFloat or PickleOpcode.Frame => 9,
        PickleOpcode.Long1 or PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinBytes or PickleOpcode.ShortBinString => bytes.Length > 1 ? 2 + bytes[1] : 0,
        PickleOpcode.BinUnicode or PickleOpcode.BinString or PickleOpcode.BinBytes or PickleOpcode.Long4 =>
            bytes.Length > 4 ? 5 + BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]) : 0,
        PickleOpcode.Global => EndOfLines(bytes),
        _ => 1,
    };

    private static int EndOfLines(ReadOnlySpan<byte> bytes)
    {
        int first = bytes.IndexOf((byte)'\n');
        int second = first < 0 ? -1 : bytes[(first + 1)..].IndexOf((byte)'\n');
        return second < 0 ? 0 : first + second + 2;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Moda.Testing.Checkpoints;

/// <summary>Writes pickles opcode by opcode, as torch.save does or as nobody should.</summary>
public sealed class PickleBuilder
{
    private readonly List<byte> content = [];

    public PickleBuilder(byte protocol = 2) => Bytes(0x80, protocol);

    public byte[] ToArray() => [.. content];

    public PickleBuilder Bytes(params byte[] bytes)
    {
        content.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(char opcode) => Bytes((byte)opcode);

    public PickleBuilder Global(string module, string name) => Op('c').Bytes(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleBuilder Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op('X').Bytes(length).Bytes(bytes);
    }

    public PickleBuilder Number(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return value is >= int.MinValue and <= int.MaxValue ? Op('J').Bytes(bytes[..4]) : Bytes(0x8A, 8).Bytes(bytes);
    }

    public PickleBuilder Numbers(params long[] values)
    {
        Op('(');
        foreach (long value in values)
        {
            Number(value);
        }

        return Op('t');
    }

    /// <summary>A tensor as torch.save writes it.</summary>
    public PickleBuilder Tensor(string storageType, string key, long storageCount, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Op('(').Text("storage").Global("torch", storageType).Text(key).Text("cpu").Number(storageCount).Op('t').Op('Q')
            .Number(offset).Numbers(shape).Numbers(strides).Bytes(0x89).EmptyOrdered().Op('t').Op('R');

    public PickleBuilder EmptyOrdered() => Global("collections", "OrderedDict").Op(')').Op('R');

    public PickleBuilder Stop() => Op('.');
}

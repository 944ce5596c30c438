using System.Buffers.Binary;
using System.Text;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Forms of files that PyTorch writes only for very large or very old checkpoints.</summary>
public sealed class TorchContainerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_zip64_archive_is_read()
    {
        byte[] pickle = new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op('s').Stop().ToArray();
        File.WriteAllBytes(folder.File("zip64.pth"), Zip64([("a/data.pkl", pickle), ("a/data/0", [0, 0, 128, 63, 0, 0, 0, 64])]));

        Assert.Equal([1f, 2f], Read("zip64.pth", "w", 2));
    }

    [Fact]
    public void Storages_of_the_oldest_files_may_be_views_of_others()
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('(')
            .Text("root").Global("torch._utils", "_rebuild_tensor").Op('(')
                .Op('(').Text("storage").Global("torch", "FloatStorage").Text("7").Text("cpu").Number(4).Op('N').Op('t').Op('Q')
                .Number(0).Numbers(4).Numbers(1).Op('t').Op('R')
            .Text("view").Global("torch._utils", "_rebuild_tensor").Op('(')
                .Op('(').Text("storage").Global("torch", "FloatStorage").Text("7").Text("cuda:0").Number(4)
                .Op('(').Text("8").Number(1).Number(3).Op('t').Op('t').Op('Q')
                .Number(1).Numbers(2).Numbers(1).Op('t').Op('R')
            .Op('u').Stop();
        byte[] values = new byte[16];
        Buffer.BlockCopy(new[] { 1f, 2f, 3f, 4f }, 0, values, 0, values.Length);
        byte[] count = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, 4);
        File.WriteAllBytes(
            folder.File("legacy.pth"),
            [
                .. new PickleBuilder().Bytes(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19).Stop().ToArray(),
                .. new PickleBuilder().Number(1001).Stop().ToArray(),
                .. new PickleBuilder().Op('}').Text("little_endian").Bytes(0x88).Op('s').Stop().ToArray(),
                .. pickle.ToArray(),
                .. new PickleBuilder().Op(']').Text("7").Op('a').Stop().ToArray(),
                .. count,
                .. values,
            ]);

        Assert.Equal([1f, 2f, 3f, 4f], Read("legacy.pth", "root", 4));
        Assert.Equal([3f, 4f], Read("legacy.pth", "view", 2));
    }

    private float[] Read(string file, string name, int count)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File(file));
        float[] values = new float[count];
        checkpoint.FindStateDict().Read(name, values);
        return values;
    }

    /// <summary>An archive whose lengths and offsets are all in ZIP64 fields.</summary>
    private static byte[] Zip64((string Name, byte[] Data)[] entries)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var directory = new MemoryStream();
        using var directoryWriter = new BinaryWriter(directory);
        foreach ((string name, byte[] data) in entries)
        {
            long offset = stream.Position;
            writer.Write(0x04034B50u);
            writer.Write(new byte[14]);
            writer.Write(uint.MaxValue);
            writer.Write(uint.MaxValue);
            writer.Write((ushort)name.Length);
            writer.Write((ushort)20);
            writer.Write(Encoding.ASCII.GetBytes(name));
            writer.Write((ushort)1);
            writer.Write((ushort)16);
            writer.Write((long)data.Length);
            writer.Write((long)data.Length);
            writer.Write(data);

            directoryWriter.Write(0x02014B50u);
            directoryWriter.Write(new byte[16]);
            directoryWriter.Write(uint.MaxValue);
            directoryWriter.Write(uint.MaxValue);
            directoryWriter.Write((ushort)name.Length);
            directoryWriter.Write((ushort)(28 + 4));
            directoryWriter.Write(new byte[10]);
            directoryWriter.Write(uint.MaxValue);
            directoryWriter.Write(Encoding.ASCII.GetBytes(name));
            directoryWriter.Write(0x00000009u); // a field of another kind, without content
            directoryWriter.Write((ushort)1);
            directoryWriter.Write((ushort)24);
            directoryWriter.Write((long)data.Length);
            directoryWriter.Write((long)data.Length);
            directoryWriter.Write(offset);
        }

        long directoryOffset = stream.Position;
        writer.Write(directory.ToArray());
        long endOffset = stream.Position;
        writer.Write(0x06064B50u);
        writer.Write(44L);
        writer.Write(new byte[12]);
        writer.Write((long)entries.Length);
        writer.Write((long)entries.Length);
        writer.Write(endOffset - directoryOffset);
        writer.Write(directoryOffset);
        writer.Write(0x07064B50u);
        writer.Write(0u);
        writer.Write(endOffset);
        writer.Write(1u);
        writer.Write(0x06054B50u);
        writer.Write(0u);
        writer.Write(ushort.MaxValue);
        writer.Write(ushort.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write((ushort)0);
        return stream.ToArray();
    }
}

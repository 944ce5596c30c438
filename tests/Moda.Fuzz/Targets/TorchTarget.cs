using System.IO.Compression;
using Moda.Fuzz.Mutations;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary>PyTorch checkpoints of both forms.</summary>
internal sealed class TorchTarget : IFuzzTarget
{
    // Of one tensor; more would only cost time.
    private const int MostElements = 1 << 16;

    private static readonly byte[][] Files =
    [
        File.ReadAllBytes(TestData.Path("fixtures", "pretrained_weights", "odd", "odd.pth")),
        File.ReadAllBytes(TestData.Path("fixtures", "pretrained_weights", "odd", "odd-legacy.pth")),
        File.ReadAllBytes(TestData.Path("fixtures", "pretrained_weights", "odd", "training-checkpoint.pth")),
        File.ReadAllBytes(TestData.Path("faults", "self_dict_10.pth")),
        File.ReadAllBytes(TestData.Path("faults", "dbl_28.pth")),
        File.ReadAllBytes(TestData.Path("faults", "python-objects-2.pth")),
        File.ReadAllBytes(TestData.Path("faults", "python-objects-4.pth")),
        Zip([("a/data.pkl", TrainingPickle()), ("a/data/0", new byte[64])]),
        Zip([("a/data.pkl", NetworkPickle()), ("a/data/0", new byte[4096])]),
    ];

    public string Name => "torch";

    public string FileName => "a.pth";

    public IReadOnlyList<byte[]> Seeds => Files;

    public byte[] Mutate(Random random, byte[] original)
    {
        byte[] made = random.Chance(0.25) ? original : original.AsSpan().StartsWith("PK"u8) ? Repack(random, original) : PickleMutation.Apply(random, original);
        return made == original || random.Chance(0.25) ? ByteMutation.Apply(random, made) : made;
    }

    public void Read(string path)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        foreach (string key in checkpoint.Keys)
        {
            checkpoint.TryGetStateDict(key, out _);
        }

        StateDict tensors = checkpoint.FindStateDict();
        float[] values = new float[MostElements];
        foreach (string name in tensors.Names)
        {
            tensors.TryGetShape(name, out ReadOnlyMemory<int> shape);
            tensors.ReadRange(name, 0, values.AsSpan(0, Math.Min(values.Length, TensorShape.ElementCount(shape.Span))));
        }

        if (tensors.Names.Any(name => name.StartsWith("stitching.", StringComparison.Ordinal)))
        {
            CanonicalTensors network = CanonicalTensors.From("stitching_retargeting", tensors);
            foreach (string name in network.Names)
            {
                network.TryGetShape(name, out ReadOnlyMemory<int> shape);
                network.Read(name, new float[TensorShape.ElementCount(shape.Span)]);
            }
        }
    }

    public bool IsRefusal(Exception exception) =>
        exception is CheckpointFormatException or TensorNotFoundException or TensorMismatchException or IOException;

    // The pickle inside is damaged; the directory around it fits again.
    private static byte[] Repack(Random random, byte[] seed)
    {
        List<(string Name, byte[] Data)> entries = [];
        try
        {
            using var archive = new ZipArchive(new MemoryStream(seed), ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                byte[] data = new byte[entry.Length];
                stream.ReadExactly(data);
                entries.Add((entry.FullName, entry.Name == "data.pkl" ? PickleMutation.Apply(random, data) : data));
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return seed;
        }

        if (entries.Count > 0 && random.Chance(0.1))
        {
            int place = random.Next(entries.Count);
            entries[place] = (entries[place].Name, ByteMutation.Apply(random, entries[place].Data));
        }

        return Zip(entries);
    }

    private static byte[] Zip(IEnumerable<(string Name, byte[] Data)> entries)
    {
        var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] data) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(data);
            }
        }

        return memory.ToArray();
    }

    // A stitching network, one layer with weight norm and one with spectral norm, whose tensors all lie in the same thousand elements.
    private static byte[] NetworkPickle()
    {
        PickleBuilder pickle = new PickleBuilder().EmptyOrdered().Op('(');
        foreach ((string name, long[] shape) in (ReadOnlySpan<(string, long[])>)
        [
            ("0.weight_g", [128, 1]), ("0.weight_v", [128, 126]), ("0.bias", [128]),
            ("2.weight_orig", [128, 128]), ("2.weight_u", [128]), ("2.weight_v", [128]), ("2.bias", [128]),
            ("4.weight", [64, 128]), ("4.bias", [64]), ("6.weight", [65, 64]), ("6.bias", [65]),
        ])
        {
            pickle.Text("stitching.mlp." + name).Tensor("FloatStorage", "0", 1024, 0, shape, shape.Length == 2 ? [1, 1] : [1]);
        }

        return pickle.Op('u').Stop().ToArray();
    }

    // What training scripts leave beside the tensors.
    private static byte[] TrainingPickle() => new PickleBuilder(4).Op('}').Op('q').Bytes(0).Op('(')
        .Text("args").Global("argparse", "Namespace").Op(')').Bytes(0x81).Op('}').Op('(').Text("out").Global("pathlib", "PosixPath").Text("/").Bytes(0x85).Op('R').Op('u').Op('b')
        .Text("history").Global("collections", "defaultdict").Global("builtins", "list").Bytes(0x85).Op('R').Op('q').Bytes(1)
        .Text("epochs").Op(']').Op('q').Bytes(2).Op('(').Number(1).Number(70_000).Bytes((byte)'G', 0, 0, 0, 0, 0, 0, 0, 0).Op('e')
        .Text("model").EmptyOrdered().Op('(')
            .Text("module.a").Tensor("FloatStorage", "0", 16, 0, [2, 4], [4, 1])
            .Text("module.b").Tensor("FloatStorage", "0", 16, 1, [4, 2], [1, 4])
            .Text("module.c").Tensor("FloatStorage", "0", 16, 3, [5], [0])
        .Op('u').Op('u').Stop().ToArray();
}

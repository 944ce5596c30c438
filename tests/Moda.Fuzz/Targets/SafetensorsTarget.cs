using Moda.Fuzz.Mutations;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Retargeting;
using Moda.Testing;
using Moda.Weights;

namespace Moda.Fuzz.Targets;

/// <summary>Safetensors files: as such, and as the weights of a network that is built from them.</summary>
internal sealed class SafetensorsTarget : IFuzzTarget
{
    private static readonly byte[][] Files =
    [
        File.ReadAllBytes(TestData.Case("ddim")),
        File.ReadAllBytes(TestData.Case("stitching.any")),
        SmallNetwork(),
    ];

    public string Name => "safetensors";

    public string FileName => "a.safetensors";

    public IReadOnlyList<byte[]> Seeds => Files;

    public byte[] Mutate(Random random, byte[] original) => SafetensorsBytes.Header(original) is not string header
        ? ByteMutation.Apply(random, original)
        : random.Next(4) switch
        {
            0 => ByteMutation.Apply(random, original),
            1 => SafetensorsBytes.WithHeader(original, JsonMutation.Apply(random, header)),
            _ => SafetensorsBytes.Reshape(random, original),
        };

    public void Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            file.ReadFloat32(entry.Name);
        }

        StructureMatch match = StructureMatch.Of(
            NetworkStructure.Of("stitching_retargeting"), file.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape));
        _ = match.Problems.Select(problem => problem.ToString()).ToList();
        if (!file.Names.Any(name => name.StartsWith("stitching.", StringComparison.Ordinal)))
        {
            return;
        }

        using Device device = new CpuDevice(threadCount: 1);
        using var store = new ParameterStore(device);
        _ = new RetargetingNetwork(new ParameterLoader(file, store)["stitching"]);
    }

    public bool IsRefusal(Exception exception) =>
        exception is CheckpointFormatException or TensorNotFoundException or TensorMismatchException or IOException;

    /// <summary>A stitching network of small widths.</summary>
    private static byte[] SmallNetwork()
    {
        string path = Path.GetTempFileName();
        int[] widths = [126, 8, 8, 65];
        SafetensorsEntry[] entries =
        [
            .. Enumerable.Range(0, 3).SelectMany(layer => new SafetensorsEntry[]
            {
                new($"stitching.mlp.{2 * layer}.weight", StoredType.Float16, new[] { widths[layer + 1], widths[layer] }),
                new($"stitching.mlp.{2 * layer}.bias", StoredType.Float16, new[] { widths[layer + 1] }),
            }),
        ];
        using (var writer = new SafetensorsWriter(path, entries))
        {
            foreach (SafetensorsEntry entry in entries)
            {
                writer.Write(entry.Name, new float[entry.ElementCount]);
            }

            writer.Complete();
        }

        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}

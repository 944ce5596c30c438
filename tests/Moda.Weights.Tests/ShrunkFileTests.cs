using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>A file that becomes shorter while it is open is an error, not the end of the process.</summary>
public sealed class ShrunkFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(StoredType.Float32)]
    [InlineData(StoredType.Float16)]
    public void A_safetensors_file_that_shrinks_is_named(StoredType type)
    {
        const int Count = 1 << 20;
        string path = folder.File("a.safetensors");
        using (var writer = new SafetensorsWriter(path, [new SafetensorsEntry("w", type, new[] { Count })]))
        {
            writer.Write("w", new float[Count]);
            writer.Complete();
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Cut(path, 100_000);

        Assert.Contains("it ends at byte 100000 now", Refusal(() => file.ReadFloat32("w")), StringComparison.Ordinal);
        Assert.Contains("a.safetensors", Refusal(() => file.ReadBytes("w")), StringComparison.Ordinal);
        Assert.Contains("changed it", Refusal(() => file.ReadRange("w", Count - 10, new float[10])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1, 1000)]
    public void A_checkpoint_that_shrinks_is_named(long firstStride, long secondStride)
    {
        const int Count = 1_000_000;
        string path = folder.File("a.pth");
        TorchFile.Write(
            path,
            new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", Count, 0, [1000, 1000], [firstStride, secondStride]).Op('s').Stop().ToArray(),
            new Dictionary<string, byte[]> { ["0"] = new byte[4 * Count] });

        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        StateDict tensors = checkpoint.FindStateDict();
        Cut(path, 100_000);

        Assert.Contains("it ends at byte 100000 now", Refusal(() => tensors.Read("w", new float[Count])), StringComparison.Ordinal);
    }

    private static void Cut(string path, long length)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.SetLength(length);
    }

    private static string Refusal(Action read) => Assert.Throws<CheckpointFormatException>(read).Message;
}

using Moda.Testing;
using Moda.Weights.Conversion;
using Moda.Weights.Torch;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Converts the fixtures, or a copy of them that a test changes, into a folder of the test's own.</summary>
public abstract class ConversionTests : IDisposable
{
    private protected static readonly string Fixtures = TestData.Path("fixtures", "pretrained_weights");

    private protected readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ConversionResult Convert(string source) => Convert(new ConversionOptions(source, folder.File("out")));

    private protected static ConversionResult Convert(ConversionOptions options, IProgress<WeightProgress>? progress = null) =>
        CheckpointConverter.Convert(options, progress, TestContext.Current.CancellationToken);

    private protected string CopyFixtures()
    {
        string target = folder.File("copy", "pretrained_weights");
        foreach (string file in Directory.GetFiles(Fixtures, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(Fixtures, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private protected static Dictionary<string, (int[] Shape, float[] Values)> ReadStateDict(string path)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        return ReadAll(checkpoint.FindStateDict());
    }

    private protected static Dictionary<string, (int[] Shape, float[] Values)> ReadAll(ITensorSource source) =>
        source.Names.ToDictionary(name => name, name =>
        {
            Assert.True(source.TryGetShape(name, out ReadOnlyMemory<int> shape));
            float[] values = new float[shape.ToArray().Aggregate(1, (a, b) => a * b)];
            source.Read(name, values);
            return (shape.ToArray(), values);
        });

    private protected sealed class Recorder(Action<WeightProgress> action) : IProgress<WeightProgress>
    {
        public void Report(WeightProgress value) => action(value);
    }
}

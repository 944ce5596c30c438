using Moda.Testing;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Some elements of a tensor are what the whole tensor has there, whatever the source.</summary>
public sealed class TensorRangeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Ranges_of_every_stored_type_agree_with_the_whole()
    {
        StoredType[] types = Enum.GetValues<StoredType>();

        // A byte before each tensor: elements begin wherever.
        SafetensorsEntry[] entries =
        [
            .. types.SelectMany(type => new SafetensorsEntry[]
            {
                new($"{type}.before", StoredType.UInt8, new[] { 1 }),
                new($"{type}", type, new[] { 7, 11 }),
            }),
        ];
        string path = folder.File("types.safetensors");
        var random = new Random(7);
        using (var writer = new SafetensorsWriter(path, entries))
        {
            foreach (SafetensorsEntry entry in entries)
            {
                byte[] bytes = new byte[entry.ByteLength];
                random.NextBytes(bytes);
                writer.Write(entry.Name, bytes);
            }

            writer.Complete();
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        AssertRangesAgree(file);
    }

    [Theory]
    [InlineData("odd.pth")]
    [InlineData("odd-legacy.pth")]
    public void Ranges_of_views_with_strides_agree_with_the_whole(string fileName)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path("fixtures", "pretrained_weights", "odd", fileName));

        AssertRangesAgree(checkpoint.FindStateDict());
    }

    [Fact]
    public void Ranges_of_folded_and_of_joined_tensors_agree_with_the_whole()
    {
        string models = TestData.Path("fixtures", "pretrained_weights", "decode", "v1", "first_stage");
        using TorchCheckpoint generator = TorchCheckpoint.Open(Path.Combine(models, "base_models", "spade_generator.pth"));
        CanonicalTensors folded = CanonicalTensors.From("spade_generator", generator.FindStateDict());
        string[] names = [.. folded.Names.Take(3), .. folded.Names.Where(name => name.EndsWith("conv_0.weight", StringComparison.Ordinal)).Take(1)];

        AssertRangesAgree(folded, names);
        AssertRangesAgree(
            new JoinedTensors("two", [("a.", folded), ("b.", new SyntheticWeights(WeightPreset.Tiny, "warping_module"))]),
            ["a." + names[0], "b.third.conv.bias"]);
    }

    [Fact]
    public void Ranges_of_computed_tensors_agree_with_the_whole()
    {
        var weights = new SyntheticWeights(WeightPreset.Tiny, "motion_extractor", seed: 5);
        string largest = weights.Names.MaxBy(name => CountOf(weights, name))!;

        AssertRangesAgree(weights, [largest, "detector.fc_kp.bias"]);
    }

    [Fact]
    public void A_range_beyond_the_tensor_or_of_none_is_refused()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("dit.tiny"));
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path("fixtures", "pretrained_weights", "odd", "odd.pth"));
        StateDict state = checkpoint.FindStateDict();
        var synthetic = new SyntheticWeights(WeightPreset.Tiny, "warping_module");
        (ITensorSource Source, string Name)[] tensors =
        [
            (file, "input.motion"),
            (state, state.Names.First()),
            (synthetic, "third.conv.bias"),
            (new JoinedTensors("joined", [("a.", synthetic)]), "a.third.conv.bias"),
        ];

        foreach ((ITensorSource source, string name) in tensors)
        {
            int count = CountOf(source, name);
            Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadRange(name, -1, new float[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadRange(name, count, new float[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadRange(name, int.MaxValue, new float[2]));
            ArgumentOutOfRangeException beyond = Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadRange(name, 1, new float[count]));
            Assert.Contains($"{count} elements", beyond.Message, StringComparison.Ordinal);
            Assert.Equal("none", Assert.Throws<TensorNotFoundException>(() => source.ReadRange("none", 0, new float[1])).TensorName);
            source.ReadRange(name, count, []);
        }
    }

    /// <summary>Ranges far from each other, by several threads at once.</summary>
    [Fact]
    public void Ranges_of_a_large_file_are_read_by_several_threads()
    {
        const int Count = 24 << 20;
        const int Marked = 8191;
        const int Reach = 3000;
        string path = folder.File("large.safetensors");
        byte[] header = System.Text.Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"F32","shape":[{{{Count}}}],"data_offsets":[0,{{{4L * Count}}}]}}""");
        using (FileStream stream = File.Create(path))
        {
            // Only what is marked takes space on the disk.
            stream.SetLength(8 + header.Length + 4L * Count);
            stream.Write(BitConverter.GetBytes((long)header.Length));
            stream.Write(header);
            for (int marked = 0; marked < Count; marked += 32 * Marked)
            {
                stream.Position = 8 + header.Length + 4L * marked;
                stream.Write(BitConverter.GetBytes(marked + 1f));
            }
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Parallel.For(0, 4096, new ParallelOptions { MaxDegreeOfParallelism = 4 }, round =>
        {
            int first = (int)(round * 2654435761L % (Count - Reach));
            float[] values = new float[Reach];
            file.ReadRange("w", first, values);
            for (int i = 0; i < values.Length; i++)
            {
                float expected = (first + i) % (32 * Marked) == 0 ? first + i + 1 : 0;
                if (values[i] != expected)
                {
                    Assert.Fail($"element {first + i} is {values[i]} instead of {expected}");
                }
            }
        });

        float[] whole = file.ReadFloat32("w");
        Assert.Equal((Count / (32 * Marked)) + 1, whole.Count(value => value != 0));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadRange("w", 0, new float[1]));
    }

    private static void AssertRangesAgree(ITensorSource source) => AssertRangesAgree(source, source.Names);

    private static void AssertRangesAgree(ITensorSource source, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            float[] whole = new float[CountOf(source, name)];
            source.Read(name, whole);
            int step = Math.Max(1, whole.Length / 40);
            for (int first = 0; first <= whole.Length; first += step)
            {
                foreach (int length in new[] { 0, 1, 5, 17, whole.Length - first })
                {
                    if (first + length <= whole.Length)
                    {
                        float[] values = new float[length + 1];
                        values[length] = 99;
                        source.ReadRange(name, first, values.AsSpan(0, length));
                        Assert.Equal([.. whole.AsSpan(first, length), 99], values);
                    }
                }
            }
        }
    }

    private static int CountOf(ITensorSource source, string name)
    {
        Assert.True(source.TryGetShape(name, out ReadOnlyMemory<int> shape));
        return shape.ToArray().Aggregate(1, (a, b) => a * b);
    }
}

using Moda.Weights.Structure;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class SyntheticWeightsTests
{
    // The vectors that come with the definition.
    [Theory]
    [InlineData("audio_encoder", "encoder.layers.0.attention.q_proj.weight", 0, 0, -0.11226028949022293)]
    [InlineData("audio_encoder", "encoder.layers.0.attention.q_proj.weight", 0, 1, -0.03105984441936016)]
    [InlineData("audio_encoder", "encoder.layers.0.attention.q_proj.weight", 0, 2, 0.06270195543766022)]
    [InlineData("audio_encoder", "encoder.layers.0.attention.q_proj.weight", 7, 0, -0.03533312678337097)]
    [InlineData("warping_module", "third.norm.running_var", 0, 0, 1.0128766298294067)]
    [InlineData("motion_generator", "talking_head_dit.emo_embedder.embedding_table.weight", 0, 0, 0.41437482833862305)]
    [InlineData("stitching_retargeting", "eye.mlp.0.weight", 0, 0, 0.06561071425676346)]
    [InlineData("motion_extractor", "detector.fc_scale.bias", 0, 0, 1.2956658601760864)]
    public void Tiny_weights_have_the_published_values(string module, string name, int seed, int index, double expected)
    {
        float[] values = Read(new SyntheticWeights(WeightPreset.Tiny, module, (ulong)seed), name);

        Assert.Equal((float)expected, values[index]);
    }

    // Published for eight input channels, which neither preset has.
    [Fact]
    public void The_range_of_a_convolution_follows_its_fan_in()
    {
        float[] values = new float[12 * 8 * 3 * 3];
        SyntheticWeights.Fill("spade_generator", "conv_img.0.weight", [12, 8, 3, 3], 0, 0, values);

        Assert.Equal(-0.008745954371988773f, values[0]);
        Assert.Equal(0.011225717142224312f, values[1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(1_000_003)]
    public void Every_length_gives_the_values_of_the_definition(int length)
    {
        float[] actual = new float[length];
        SyntheticSequence.Fill(SyntheticSequence.Seed("module/name", 3), 0.25, 1.7, 0, actual);

        ulong seed = SyntheticSequence.Seed("module/name", 3);
        for (int i = 0; i < length; i++)
        {
            ulong z = seed + ((ulong)i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            double value = (z >> 40) / 8388608.0 - 1;
            Assert.Equal((float)(0.25 + 1.7 * value), actual[i]);
        }
    }

    [Fact]
    public void Full_has_the_published_sizes()
    {
        Assert.Equal(94.4, Millions("audio_encoder"), 0.05);
        Assert.Equal(373.0, Millions("motion_generator"), 0.05);
        Assert.Equal(0.84, Millions("appearance_feature_extractor"), 0.005);
        Assert.Equal(28.1, Millions("motion_extractor"), 0.05);
        Assert.Equal(45.5, Millions("warping_module"), 0.05);
        Assert.Equal(55.4, Millions("spade_generator"), 0.05);
        Assert.Equal(0.23, Millions("stitching_retargeting"), 0.005);
        Assert.Equal(13.3, Millions("face_parser"), 0.05);

        static double Millions(string module) =>
            NetworkStructure.Of(module).Tensors(WeightPreset.Full).Values.Sum(shape => (double)shape.ToArray().Aggregate(1, (a, b) => a * b)) / 1e6;
    }

    [Fact]
    public void A_missing_tensor_and_a_wrong_length_are_named()
    {
        var weights = new SyntheticWeights(WeightPreset.Tiny, "warping_module");

        TensorNotFoundException missing = Assert.Throws<TensorNotFoundException>(() => weights.Read("forth.weight", new float[3]));
        TensorMismatchException mismatch = Assert.Throws<TensorMismatchException>(() => weights.Read("third.norm.running_var", new float[3]));

        Assert.Equal("forth.weight", missing.TensorName);
        Assert.Contains("synthetic tiny warping_module", missing.Message, StringComparison.Ordinal);
        Assert.Contains("[32]", mismatch.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SyntheticWeights(WeightPreset.Tiny, "no_such_network"));
    }

    private static float[] Read(SyntheticWeights weights, string name)
    {
        Assert.True(weights.TryGetShape(name, out ReadOnlyMemory<int> shape));
        float[] values = new float[shape.ToArray().Aggregate(1, (a, b) => a * b)];
        weights.Read(name, values);
        return values;
    }
}

using Moda.Runtime.Motion;
using Moda.Weights;
using Xunit;

namespace Moda.Runtime.Tests.Motion;

/// <summary>The stitching networks on synthetic weights, in float64 and without a device.</summary>
internal sealed class SyntheticStitching : IStitching
{
    private readonly SyntheticWeights weights = new(WeightPreset.Full, "stitching_retargeting");

    public void Stitch(ReadOnlySpan<float> keypoints, Span<float> delta) => Forward("stitching", keypoints, delta, 126, 65);

    public void RetargetLip(ReadOnlySpan<float> keypoints, Span<float> delta) => Forward("lip", keypoints, delta, 65, 63);

    public void RetargetEyes(ReadOnlySpan<float> keypoints, Span<float> delta) => Forward("eye", keypoints, delta, 66, 63);

    private void Forward(string network, ReadOnlySpan<float> input, Span<float> output, int inputs, int outputs)
    {
        Assert.Equal(input.Length / inputs, output.Length / outputs);
        for (int row = 0; row < input.Length / inputs; row++)
        {
            double[] values = [.. input.Slice(row * inputs, inputs).ToArray().Select(value => (double)value)];
            for (int place = 0; weights.TryGetShape($"{network}.mlp.{place}.weight", out ReadOnlyMemory<int> shape); place += 2)
            {
                bool isLast = !weights.TryGetShape($"{network}.mlp.{place + 2}.weight", out _);
                values = Layer($"{network}.mlp.{place}", shape.Span[0], values, isLast);
            }
            Assert.Equal(outputs, values.Length);
            for (int i = 0; i < outputs; i++)
            {
                output[row * outputs + i] = (float)values[i];
            }
        }
    }

    private double[] Layer(string name, int outputs, double[] input, bool isLast)
    {
        float[] weight = new float[outputs * input.Length];
        double[] output = new double[outputs];
        float[] bias = new float[outputs];
        weights.Read(name + ".weight", weight);
        weights.Read(name + ".bias", bias);
        for (int o = 0; o < outputs; o++)
        {
            double sum = bias[o];
            for (int i = 0; i < input.Length; i++)
            {
                sum += weight[o * input.Length + i] * input[i];
            }
            output[o] = isLast ? sum : Math.Max(sum, 0);
        }
        return output;
    }
}

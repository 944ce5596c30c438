using Moda.Weights;
using Moda.Weights.Safetensors;

namespace Moda.Testing;

/// <summary>The case of docs/own-network.md: two linear layers, 126 to 32 to 65, computed in float64.</summary>
public static class TwoLayersCase
{
    private const int Rows = 4;
    private const int Inputs = 126;
    private const int Hidden = 32;
    private const int Outputs = 65;

    /// <summary>The kind's name.</summary>
    public const string Kind = "two_layers";

    /// <summary>Writes the case and its weights.</summary>
    /// <param name="folder">Where to.</param>
    /// <returns>The path of the case.</returns>
    public static string Write(string folder)
    {
        var random = new Random(5);
        float[] x = Values(Rows * Inputs);
        float[] first = Values(Hidden * Inputs);
        float[] firstBias = Values(Hidden);
        float[] second = Values(Outputs * Hidden);
        float[] secondBias = Values(Outputs);
        double[] hidden = [.. Linear([.. x.Select(value => (double)value)], first, firstBias).Select(value => Math.Max(value, 0))];
        float[] y = [.. Linear(hidden, second, secondBias).Select(value => (float)value)];
        Write(
            Path.Combine(folder, $"{Kind}_weights.safetensors"),
            metadata: null,
            ("0.weight", [Hidden, Inputs], first), ("0.bias", [Hidden], firstBias), ("2.weight", [Outputs, Hidden], second), ("2.bias", [Outputs], secondBias));
        string path = Path.Combine(folder, $"{Kind}_case.safetensors");
        Write(
            path,
            new Dictionary<string, string> { ["case"] = Kind, ["weights"] = $"{Kind}_weights.safetensors" },
            ("input.x", [Rows, Inputs], x), ("output.y", [Rows, Outputs], y));
        return path;

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) / 2)];
    }

    private static double[] Linear(double[] input, float[] weight, float[] bias)
    {
        int inputs = weight.Length / bias.Length;
        double[] output = new double[input.Length / inputs * bias.Length];
        for (int i = 0; i < output.Length; i++)
        {
            int row = i / bias.Length;
            int channel = i % bias.Length;
            output[i] = bias[channel] + Enumerable.Range(0, inputs).Sum(n => input[(row * inputs) + n] * weight[(channel * inputs) + n]);
        }

        return output;
    }

    private static void Write(string path, Dictionary<string, string>? metadata, params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        using var writer = new SafetensorsWriter(path, [.. tensors.Select(tensor => new SafetensorsEntry(tensor.Name, StoredType.Float32, tensor.Shape))], metadata);
        foreach ((string name, _, float[] values) in tensors)
        {
            writer.Write(name, values.AsSpan());
        }

        writer.Complete();
    }
}

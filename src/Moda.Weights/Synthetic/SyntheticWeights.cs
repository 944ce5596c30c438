using Moda.Weights.Structure;

namespace Moda.Weights.Synthetic;

/// <summary>
/// Synthetic weights of one network, which anyone can compute: every element follows from the network's name, the tensor's name, a seed and
/// the element's index. The range of values depends on the tensor's role, so that activations keep a sensible size. Synthetic weights
/// replace the published weights in tests, parity cases and demonstrations.
/// </summary>
internal sealed class SyntheticWeights : ITensorSource
{
    private readonly IReadOnlyDictionary<string, ReadOnlyMemory<int>> shapes;
    private readonly string module;
    private readonly ulong seed;

    /// <summary>Creates the weights. Their values are computed when they are read.</summary>
    /// <param name="preset">The widths of the networks.</param>
    /// <param name="module">One of <see cref="NetworkStructure.Modules"/>.</param>
    /// <param name="seed">Any number. Another seed gives other values in the same ranges.</param>
    /// <exception cref="ArgumentException">There is no such network.</exception>
    public SyntheticWeights(WeightPreset preset, string module, ulong seed = 0)
    {
        shapes = NetworkStructure.Of(module).Tensors(preset);
        this.module = module;
        this.seed = seed;
        Description = $"synthetic {preset.Name()} {module}, seed {seed}";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => [.. shapes.Keys];

    /// <inheritdoc/>
    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape) => shapes.TryGetValue(name, out shape);

    /// <inheritdoc/>
    /// <remarks>All cores share the work of a large tensor.</remarks>
    public void Read(string name, Span<float> destination)
    {
        ReadOnlySpan<int> shape = Find(name);
        if (destination.Length != TensorShape.ElementCount(shape))
        {
            throw new TensorMismatchException(name, Description, $"{destination.Length} elements", TensorShape.Format(shape));
        }

        Fill(module, name, shape, seed, 0, destination);
    }

    /// <inheritdoc/>
    public void ReadRange(string name, int first, Span<float> destination)
    {
        ReadOnlySpan<int> shape = Find(name);
        TensorRange.Check(name, Description, TensorShape.ElementCount(shape), first, destination.Length);
        Fill(module, name, shape, seed, first, destination);
    }

    /// <summary>Computes elements of a tensor. Its shape decides the range of the values.</summary>
    internal static void Fill(string module, string name, ReadOnlySpan<int> shape, ulong seed, int first, Span<float> destination)
    {
        (double center, double halfRange) = Range(module, name, shape);
        SyntheticSequence.Fill(SyntheticSequence.Seed($"{module}/{name}", seed), center, halfRange, first, destination);
    }

    private ReadOnlySpan<int> Find(string name) => shapes.TryGetValue(name, out ReadOnlyMemory<int> shape)
        ? shape.Span
        : throw new TensorNotFoundException(name, Description);

    // The first rule that matches decides.
    private static (double Center, double HalfRange) Range(string module, string name, ReadOnlySpan<int> shape) => (module, name) switch
    {
        _ when Ends(name, "running_var") => (1, 0.25),
        _ when Ends(name, "running_mean") => (0, 0.1),
        _ when Ends(name, "grn.gamma") || Ends(name, "grn.beta") => (0, 0.2),
        ("motion_extractor", "detector.fc_scale.bias") => (1.2, 0.1),
        ("motion_extractor", "detector.fc_exp.bias") => (0, 0.01),
        _ when Ends(name, "bias") => (0, 0.1),
        _ when Ends(name, "embedding_table.weight") || name.StartsWith("null_", StringComparison.Ordinal) || name == "masked_spec_embed" => (0, 1),
        _ when shape.Length <= 1 => (1, 0.2),
        _ => (0, Gain(module, name, shape.Length) * Math.Sqrt(3.0 / FanIn(shape))),
    };

    private static double Gain(string module, string name, int dimensions) => (module, name) switch
    {
        ("motion_extractor", "detector.fc_kp.weight") => 0.3,
        ("motion_extractor", "detector.fc_exp.weight") => 0.03,
        ("motion_extractor", "detector.fc_scale.weight") => 0.05,
        ("motion_extractor", "detector.fc_t.weight") => 0.05,
        ("spade_generator", "conv_img.0.weight") => 0.2,
        ("stitching_retargeting", _) => 0.5,
        _ => dimensions >= 3 ? Math.Sqrt(2) : 1,
    };

    private static double FanIn(ReadOnlySpan<int> shape)
    {
        double fanIn = 1;
        foreach (int extent in shape[1..])
        {
            fanIn *= extent;
        }

        return fanIn;
    }

    private static bool Ends(string name, string ending) => name.EndsWith(ending, StringComparison.Ordinal);
}

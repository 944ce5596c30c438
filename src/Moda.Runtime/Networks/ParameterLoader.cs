using Moda.Kernels;
using Moda.Kernels.Fused;
using Moda.Kernels.Parameters;
using Moda.Weights;

namespace Moda.Runtime.Networks;

/// <summary>
/// Reads parameters for a network's constructor. It combines a place in a checkpoint (a prefix of names) with the store that packs the
/// parameters. Sizes come from the checkpoint. The exception for a tensor with another shape, without elements, or with NaN or infinite
/// values names the tensor.
/// </summary>
public sealed class ParameterLoader
{
    private readonly ITensorSource source;
    private readonly ParameterStore store;
    private readonly string prefix;
    private readonly bool hasBiases;

    /// <summary>Starts at the root of a checkpoint.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="store">The store, which packs and owns the parameters.</param>
    internal ParameterLoader(ITensorSource source, ParameterStore store)
        : this(source, store, "", hasBiases: true)
    {
    }

    private ParameterLoader(ITensorSource source, ParameterStore store, string prefix, bool hasBiases)
    {
        this.source = source;
        this.store = store;
        this.prefix = prefix;
        this.hasBiases = hasBiases;
    }

    /// <summary>The place below this one: <c>loader["encoder"]["layers.0"]</c>.</summary>
    public ParameterLoader this[string name] => new(source, store, prefix + name + ".", hasBiases);

    /// <summary>The same place, with layers that have no biases. Otherwise every layer must have one.</summary>
    public ParameterLoader WithoutBiases() => new(source, store, prefix, hasBiases: false);

    /// <summary>The places <c>name.0</c>, <c>name.1</c>, ... until the first one that the checkpoint does not have.</summary>
    public IEnumerable<ParameterLoader> List(string name) => Numbered(name + ".");

    /// <summary>The places <c>stem0</c>, <c>stem1</c>, ... until the first one that the checkpoint does not have.</summary>
    public IEnumerable<ParameterLoader> Numbered(string stem)
    {
        for (int index = 0; this[$"{stem}{index}"].Exists; index++)
        {
            yield return this[$"{stem}{index}"];
        }
    }

    /// <summary>Whether any tensor lies below this place.</summary>
    public bool Exists => source.Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether the checkpoint has a tensor.</summary>
    public bool Contains(string name) => source.TryGetShape(prefix + name, out _);

    /// <summary>The extents of a tensor, outermost first.</summary>
    /// <exception cref="TensorNotFoundException">The tensor is missing.</exception>
    /// <exception cref="TensorMismatchException">The tensor has an extent of 0.</exception>
    public ReadOnlySpan<int> ShapeOf(string name)
    {
        if (!source.TryGetShape(prefix + name, out ReadOnlyMemory<int> shape))
        {
            throw new TensorNotFoundException(prefix + name, source.Description);
        }

        return shape.Span.Contains(0)
            ? throw new TensorMismatchException(prefix + name, source.Description, "at least one element along each axis", Format(shape.Span))
            : shape.Span;
    }

    /// <summary>The values of a tensor, row-major. They are read only when they are packed.</summary>
    /// <exception cref="TensorNotFoundException">The tensor is missing.</exception>
    public ParameterValues Stored(string name)
    {
        int count = 1;
        foreach (int extent in ShapeOf(name))
        {
            count = checked(count * extent);
        }

        return new TensorValues(source, prefix + name, count);
    }

    /// <summary>The values of a tensor with the given extents. They are read only when they are packed.</summary>
    /// <exception cref="TensorNotFoundException">The tensor is missing.</exception>
    /// <exception cref="TensorMismatchException">The tensor has other extents.</exception>
    public ParameterValues Stored(string name, params ReadOnlySpan<int> expected) => ShapeOf(name).SequenceEqual(expected)
        ? Stored(name)
        : throw Mismatch(name, Format(expected));

    /// <summary>Reads the values of a tensor, row-major.</summary>
    /// <exception cref="TensorNotFoundException">The tensor is missing.</exception>
    public float[] Values(string name) => Stored(name).ToArray();

    /// <summary>Reads the values of a tensor with the given extents.</summary>
    /// <exception cref="TensorNotFoundException">The tensor is missing.</exception>
    /// <exception cref="TensorMismatchException">The tensor has other extents.</exception>
    public float[] Values(string name, params ReadOnlySpan<int> expected) => Stored(name, expected).ToArray();

    /// <summary>A parameter vector [C] on the device; leading extents of 1 are dropped.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="channels">The required number of elements; null for any number.</param>
    /// <exception cref="TensorMismatchException">The tensor has another number of elements.</exception>
    public Tensor Vector(string name, int? channels = null)
    {
        float[] values = Values(name);
        return values.Length == (channels ?? values.Length)
            ? store.Tensor(values, new Shape(values.Length))
            : throw Mismatch(name, $"{channels} elements");
    }

    /// <summary>A parameter of any shape on the device.</summary>
    public Tensor Tensor(string name) => store.Tensor(Values(name), new Shape(ShapeOf(name)));

    /// <summary>Copies values that were computed from parameters to the device.</summary>
    public Tensor Tensor(ReadOnlySpan<float> values, params ReadOnlySpan<int> extents) => store.Tensor(values, new Shape(extents));

    /// <summary>A linear layer: <c>name.weight</c> [outputs, inputs] and <c>name.bias</c> [outputs].</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="inputs">The required number of input channels; null for any number.</param>
    /// <param name="outputs">The required number of output channels; null for any number.</param>
    /// <exception cref="TensorMismatchException">The layer has another number of channels.</exception>
    public LinearWeights Linear(string name, int? inputs = null, int? outputs = null)
    {
        ReadOnlySpan<int> shape = Rank(name + ".weight", 2);
        CheckChannels(name, shape, 1, inputs, outputs);
        return store.Linear(Stored(name + ".weight"), Bias(name, shape[0]), shape[0], shape[1]);
    }

    /// <summary>Joins linear layers with the same input into one. Its outputs follow the order of the names.</summary>
    /// <param name="inputs">The required number of input channels of each layer.</param>
    /// <param name="names">The layers' names: each has <c>name.weight</c> [outputs, inputs] and <c>name.bias</c> [outputs].</param>
    /// <exception cref="TensorMismatchException">A layer has another number of channels.</exception>
    public LinearWeights JoinedLinear(int inputs, params ReadOnlySpan<string> names)
    {
        var weights = new ParameterValues[names.Length];
        var biases = new ParameterValues[names.Length];
        for (int layer = 0; layer < names.Length; layer++)
        {
            ReadOnlySpan<int> shape = Rank(names[layer] + ".weight", 2);
            CheckChannels(names[layer], shape, 1, inputs, null);
            weights[layer] = Stored(names[layer] + ".weight");
            biases[layer] = Bias(names[layer], shape[0]);
        }

        var weight = ParameterValues.Join(weights);
        return store.Linear(weight, ParameterValues.Join(biases).ToArray(), weight.Count / inputs, inputs);
    }

    /// <summary>A linear layer from values that were computed from parameters.</summary>
    internal LinearWeights Linear(ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) =>
        store.Linear(weight, bias, outputs, inputs);

    /// <summary>
    /// A convolution: <c>name.weight</c> [outputs, inputs / groups, kernel...] and <c>name.bias</c>, unless it is read <see
    /// cref="WithoutBiases"/>. The kernel and the channels come from the weight.
    /// </summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="inputs">The required number of input channels; null for any number.</param>
    /// <param name="outputs">The required number of output channels; null for any number.</param>
    /// <param name="stride">The stride along height and width. Depth has no stride.</param>
    /// <param name="padding">The padding before and after each axis whose kernel is larger than 1; -1 keeps the extents (kernel / 2).</param>
    /// <param name="groups">Channel groups.</param>
    /// <param name="upsample">The factor of nearest upsampling before the convolution.</param>
    /// <param name="batchNorm">The name of a following batch norm, which is folded into the weights; null for none.</param>
    /// <exception cref="TensorMismatchException">The layer has another number of channels, or is not a convolution.</exception>
    public ConvolutionWeights Convolution(
        string name,
        int? inputs = null,
        int? outputs = null,
        int stride = 1,
        int padding = -1,
        int groups = 1,
        int upsample = 1,
        string? batchNorm = null) =>
        Convolution(ReadConvolution(name, inputs, outputs, stride, padding, groups, upsample, batchNorm));

    /// <summary>A convolution whose parameters were computed from others.</summary>
    internal ConvolutionWeights Convolution(ConvolutionParameters parameters) =>
        store.Convolution(parameters.Weight, parameters.Bias, parameters.Geometry);

    /// <summary>A convolution whose outputs are SPADE's gammas, then its betas.</summary>
    internal SpadeConvolutionWeights SpadeConvolution(ConvolutionParameters parameters) =>
        store.PrepareSpadeConvolution(parameters.Weight, parameters.Bias, parameters.Geometry);

    /// <summary>
    /// Reads the parameters of a convolution, so that they can be rewritten before they are packed. The arguments are those of <see
    /// cref="Convolution(string, int?, int?, int, int, int, int, string?)"/>.
    /// </summary>
    internal ConvolutionParameters ReadConvolution(
        string name,
        int? inputs = null,
        int? outputs = null,
        int stride = 1,
        int padding = -1,
        int groups = 1,
        int upsample = 1,
        string? batchNorm = null)
    {
        ReadOnlySpan<int> shape = ShapeOf(name + ".weight");
        if (shape.Length is < 3 or > 5)
        {
            throw Mismatch(name + ".weight", "3, 4 or 5 extents");
        }

        CheckChannels(name, shape, groups, inputs, outputs);

        ParameterValues weight = Stored(name + ".weight");
        float[] bias = Bias(name, shape[0]);
        if (batchNorm is not null)
        {
            (weight, bias) = BatchNorm(batchNorm, shape[0]).FoldInto(weight, bias);
        }

        var kernel = new Extent3(shape.Length == 5 ? shape[2] : 1, shape.Length >= 4 ? shape[^2] : 1, shape[^1]);
        return new ConvolutionParameters(weight, bias, new ConvolutionGeometry
        {
            InputChannels = shape[1] * groups,
            OutputChannels = shape[0],
            Kernel = kernel,
            Stride = new Extent3(1, shape.Length >= 4 ? stride : 1, stride),
            Padding = new Extent3(Pad(kernel.Depth), Pad(kernel.Height), Pad(kernel.Width)),
            Groups = groups,
            Upsample = upsample,
        });

        int Pad(int extent) => padding < 0 ? extent / 2 : extent > 1 ? padding : 0;
    }

    /// <summary>A two-dimensional convolution as one over a volume: see <see cref="ConvolutionParameters.OverDepth"/>.</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="channels">The channels of the volume. The weight's input channels must be a multiple of them.</param>
    /// <param name="batchNorm">The name of a following batch norm, which is folded into the weights; null for none.</param>
    /// <exception cref="TensorMismatchException">The layer has another number of channels, or is not a convolution.</exception>
    internal ConvolutionParameters ReadDepthConvolution(string name, int channels, string? batchNorm = null)
    {
        ConvolutionParameters parameters = ReadConvolution(name, batchNorm: batchNorm);
        return parameters.Geometry.InputChannels % channels == 0
            ? parameters.OverDepth(channels)
            : throw Mismatch(name + ".weight", $"a multiple of {channels} input channels");
    }

    /// <summary>Reads a batch norm in evaluation mode as a scale and a shift.</summary>
    /// <param name="name">The layer's name: weight, bias, running_mean, running_var.</param>
    /// <param name="channels">The required number of channels.</param>
    /// <exception cref="TensorMismatchException">A variance is negative.</exception>
    internal BatchNormFolding BatchNorm(string name, int channels)
    {
        float[] variance = Values(name + ".running_var", channels);
        int negative = Array.FindIndex(variance, value => value < 0);
        return negative < 0
            ? new BatchNormFolding(
                Values(name + ".weight", channels), Values(name + ".bias", channels), Values(name + ".running_mean", channels), variance)
            : throw new TensorMismatchException(
                $"{prefix}{name}.running_var", source.Description, "a variance of at least 0", $"{variance[negative]} at element {negative}");
    }

    /// <summary>The biases of a layer, <c>name.bias</c> [outputs]; empty for a place without biases.</summary>
    /// <exception cref="TensorNotFoundException">The biases are missing.</exception>
    public float[] Bias(string name, int outputs) => hasBiases ? Values(name + ".bias", outputs) : [];

    /// <summary>Creates the exception for a tensor that does not fit the network.</summary>
    /// <param name="name">The tensor's name without the prefix of this place.</param>
    /// <param name="expected">The requirement, as in <c>64 input channels</c>.</param>
    public TensorMismatchException Mismatch(string name, string expected) =>
        new(prefix + name, source.Description, expected, Format(ShapeOf(name)));

    private ReadOnlySpan<int> Rank(string name, int rank)
    {
        ReadOnlySpan<int> shape = ShapeOf(name);
        return shape.Length == rank
            ? shape
            : throw Mismatch(name, $"{rank} extents");
    }

    private void CheckChannels(string name, ReadOnlySpan<int> shape, int groups, int? inputs, int? outputs)
    {
        if (shape[0] != (outputs ?? shape[0]))
        {
            throw Mismatch(name + ".weight", $"{outputs} output channels");
        }

        if (shape[1] * groups != (inputs ?? shape[1] * groups))
        {
            throw Mismatch(name + ".weight", $"{inputs} input channels");
        }
    }

    private static string Format(ReadOnlySpan<int> extents) => $"[{string.Join(", ", extents.ToArray())}]";
}

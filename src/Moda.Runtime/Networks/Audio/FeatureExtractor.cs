using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// The convolutions of HuBERT and wav2vec 2.0: they turn samples at 16 kHz into features at 50 Hz. GELU follows each convolution. <see
/// cref="WaveformNorm"/> normalises the first one.
/// </summary>
internal sealed class FeatureExtractor
{
    /// <summary>
    /// The number of features that are computed at a time: 4 seconds. A whole minute of the first convolution's outputs would need 400 MB.
    /// </summary>
    private const int TileFeatures = 200;

    private readonly List<ConvolutionWeights> convolutions = [];

    /// <summary>Loads <c>feature_extractor</c>.</summary>
    /// <param name="parameters">The loader at this layer's place in the checkpoint.</param>
    /// <param name="strides">The strides of the convolutions.</param>
    public FeatureExtractor(ParameterLoader parameters, IReadOnlyList<int> strides)
    {
        // Published base models have no biases (conv_bias = false).
        bool hasBiases = parameters.Contains("conv_layers.0.conv.bias");
        ParameterLoader layers = hasBiases ? parameters : parameters.WithoutBiases();
        for (int layer = 0; layer < strides.Count; layer++)
        {
            convolutions.Add(layers[$"conv_layers.{layer}"].Convolution(
                "conv", inputs: layer == 0 ? 1 : Channels, stride: strides[layer], padding: 0));
        }

        Norm = new WaveformNorm(parameters["conv_layers.0"], strides[0]);
    }

    /// <summary>The norm of the first layer, computed on the host.</summary>
    public WaveformNorm Norm { get; }

    /// <summary>Channels of a feature.</summary>
    public int Channels => convolutions[^1].Geometry.OutputChannels;

    /// <summary>The number of features of a number of samples.</summary>
    public int FeatureCount(int samples)
    {
        foreach (ConvolutionWeights convolution in convolutions)
        {
            samples = (samples - convolution.Geometry.Kernel.Width) / convolution.Geometry.Stride.Width + 1;
        }

        return samples;
    }

    /// <summary>Computes features in parts. Neighbouring parts may overlap, so that all parts have the same length.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="waveform">[L, 1].</param>
    /// <param name="scale">[C] of <see cref="Norm"/>.</param>
    /// <param name="shift">[C] of <see cref="Norm"/>.</param>
    /// <returns>[T, C].</returns>
    public Tensor Forward(Workspace workspace, Tensor waveform, Tensor scale, Tensor shift)
    {
        int count = FeatureCount(waveform.Shape[0]);
        Tensor features = workspace.Allocate(count, Channels);
        int tiles = (count + TileFeatures - 1) / TileFeatures;
        int length = (count + tiles - 1) / tiles;
        for (int tile = 0; tile < tiles; tile++)
        {
            using Workspace.Scope scope = workspace.BeginScope();
            int start = Math.Min(tile * length, count - length);
            Tensor samples = waveform.Slice(FirstSample(start), FirstSample(length - 1) + SamplesOfOneFeature);
            ForwardTile(workspace, samples, scale, shift, features.Slice(start, length));
        }

        return features;
    }

    private void ForwardTile(Workspace workspace, Tensor samples, Tensor scale, Tensor shift, Tensor features)
    {
        Tensor maps = workspace.Convolution(samples.Reshape(1, samples.Shape[0], 1), convolutions[0]);
        maps = workspace.ScaleShift(maps, scale, shift, Activation.Gelu, output: maps);
        for (int layer = 1; layer < convolutions.Count; layer++)
        {
            Tensor? output = layer == convolutions.Count - 1 ? features.Reshape(1, features.Shape[0], Channels) : null;
            maps = workspace.Convolution(maps, convolutions[layer], new Epilogue { Activation = Activation.Gelu }, output);
        }
    }

    /// <summary>The number of samples that one feature depends on.</summary>
    public int SamplesOfOneFeature
    {
        get
        {
            int samples = 1;
            for (int layer = convolutions.Count - 1; layer >= 0; layer--)
            {
                ConvolutionGeometry geometry = convolutions[layer].Geometry;
                samples = (samples - 1) * geometry.Stride.Width + geometry.Kernel.Width;
            }

            return samples;
        }
    }

    private int FirstSample(int feature) =>
        convolutions.Aggregate(feature, (position, convolution) => position * convolution.Geometry.Stride.Width);
}

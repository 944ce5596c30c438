using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Audio;
using Moda.Weights.Sets;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// HuBERT base and wav2vec 2.0 base as MoDA uses them (<c>models/audio/hubert.py</c>, <c>wav2vec_modified.py</c>): features at 50 Hz are
/// interpolated linearly to the video's frame rate before the transformer, and the outputs of all layers form the embedding.
/// </summary>
internal sealed class AudioEncoder
{
    private readonly FeatureExtractor featureExtractor;
    private readonly LayerNorm? projectionNorm;
    private readonly LinearWeights projection;
    private readonly ConvolutionWeights positionalConvolution;
    private readonly LayerNorm layerNorm;
    private readonly List<EncoderLayer> layers = [];

    /// <summary>Loads the module <c>audio_encoder</c>.</summary>
    /// <param name="parameters">The checkpoint's root. Weight norm is already folded.</param>
    /// <param name="settings">The settings that the tensor shapes do not show.</param>
    public AudioEncoder(ParameterLoader parameters, AudioEncoderSettings settings)
    {
        featureExtractor = new FeatureExtractor(parameters["feature_extractor"], settings.ConvolutionStrides);
        ParameterLoader featureProjection = parameters["feature_projection"];
        ParameterLoader encoder = parameters["encoder"];
        projection = featureProjection.Linear("projection", featureExtractor.Channels);
        if (featureProjection["layer_norm"].Exists)
        {
            projectionNorm = new LayerNorm(featureProjection["layer_norm"], featureExtractor.Channels, settings.LayerNormEpsilon);
        }

        int groups = Channels / encoder.ShapeOf("pos_conv_embed.conv.weight")[1];
        positionalConvolution = encoder.Convolution("pos_conv_embed.conv", Channels, Channels, groups: groups);
        layerNorm = new LayerNorm(encoder["layer_norm"], Channels, settings.LayerNormEpsilon);
        foreach (ParameterLoader layer in encoder.List("layers"))
        {
            layers.Add(new EncoderLayer(layer, Channels, settings));
        }
    }

    /// <summary>Channels of a layer's output.</summary>
    public int Channels => projection.Outputs;

    /// <summary>The number of transformer layers. Each layer gives a part of the embedding.</summary>
    public int Layers => layers.Count;

    /// <summary>The smallest number of samples that gives a feature.</summary>
    public int ShortestWaveform => featureExtractor.SamplesOfOneFeature;

    /// <summary>Samples that the first convolution sees at once.</summary>
    public int WindowLength => featureExtractor.Norm.WindowLength;

    /// <summary>Encodes a piece of speech.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="samples">The number of samples of the piece, at 16 kHz.</param>
    /// <param name="frames">The number of video frames of the piece.</param>
    public AudioEncoderPorts Forward(Workspace workspace, int samples, int frames)
    {
        var ports = new AudioEncoderPorts(
            Waveform: workspace.Allocate(samples, 1),
            Scale: workspace.Allocate(featureExtractor.Norm.Channels),
            Shift: workspace.Allocate(featureExtractor.Norm.Channels),
            Embedding: workspace.Allocate(frames, Layers * Channels));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor features = featureExtractor.Forward(workspace, ports.Waveform, ports.Scale, ports.Shift);
        features = workspace.ResizeBilinear(features.Reshape(1, 1, features.Shape[0], features.Channels), 1, frames);
        Tensor hidden = EmbedPositions(workspace, ProjectFeatures(workspace, features.Reshape(frames, 1, features.Channels)));
        for (int layer = 0; layer < Layers; layer++)
        {
            Tensor output = ports.Embedding.ChannelSlice(layer * Channels, Channels).Reshape(frames, 1, Channels);
            layers[layer].Forward(workspace, hidden, output);
            hidden = output;
        }

        return ports;
    }

    /// <summary>Writes a piece into the inputs of a forward pass.</summary>
    /// <param name="device">The device of the forward pass.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="ports">The inputs and the output of the forward pass.</param>
    public void Write(Device device, AudioPiece piece, AudioEncoderPorts ports)
    {
        float[] scale = new float[featureExtractor.Norm.Channels];
        float[] shift = new float[featureExtractor.Norm.Channels];
        featureExtractor.Norm.Compute(piece, scale, shift);
        device.Write(piece.InputValues.Span, ports.Waveform);
        device.Write(scale, ports.Scale);
        device.Write(shift, ports.Shift);
    }

    private Tensor ProjectFeatures(Workspace workspace, Tensor features)
    {
        Tensor normalised = projectionNorm?.Forward(workspace, features, features) ?? features;
        return workspace.Linear(normalised, projection);
    }

    // hidden [T, 1, C] + GELU(convolution over time); the kernel is even, so the convolution gives one position too many, which is dropped
    // at the end.
    private Tensor EmbedPositions(Workspace workspace, Tensor hidden)
    {
        int frames = hidden.Shape[0];
        Tensor positions = workspace.Convolution(
            hidden.Reshape(1, frames, Channels), positionalConvolution, new Epilogue { Activation = Activation.Gelu });
        positions = positions.Reshape(positions.Shape[1], 1, Channels).Slice(0, frames);
        hidden = workspace.Add(hidden, positions, output: hidden);
        return layerNorm.Forward(workspace, hidden, hidden);
    }
}

/// <summary>The inputs and the output of <see cref="AudioEncoder"/>.</summary>
/// <param name="Waveform">[samples, 1].</param>
/// <param name="Scale">[C]: the scale of the first convolution's channels.</param>
/// <param name="Shift">[C]: the shift of the first convolution's channels.</param>
/// <param name="Embedding">[frames, layers x C]: the outputs of layers 1, 2, ... side by side.</param>
internal readonly record struct AudioEncoderPorts(Tensor Waveform, Tensor Scale, Tensor Shift, Tensor Embedding);

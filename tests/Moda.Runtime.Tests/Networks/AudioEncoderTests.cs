using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Forwards;
using Moda.Runtime.Audio;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Runtime.Sampling;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Sets;
using Moda.Weights.Synthetic;
using Xunit;

namespace Moda.Runtime.Tests.Networks;

public sealed class AudioEncoderTests
{
    private static readonly AudioEncoderSettings Tiny = AudioEncoderSettings.ForPreset(WeightPreset.Tiny);

    [Fact]
    public void Features_are_the_same_wherever_the_parts_begin()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        var extractor = new FeatureExtractor(Loader(store)["feature_extractor"], Tiny.ConvolutionStrides);
        float[] waveform = Speech(samples: 450 * 320 + 80);
        float[] scale = new float[extractor.Norm.Channels];
        float[] shift = new float[extractor.Norm.Channels];
        extractor.Norm.Compute(new AudioPiece(waveform, Frames: 1), scale, shift);

        float[] whole = Features(device, extractor, waveform, scale, shift);
        float[] part = Features(device, extractor, waveform.AsSpan(190 * 320, 60 * 320 + 80), scale, shift);

        Assert.Equal(450 * extractor.Channels, whole.Length);
        Assert.Equal(60 * extractor.Channels, part.Length);
        Assert.InRange(RelativeError.Between(whole.AsSpan(190 * extractor.Channels, part.Length), part), 0, 1e-6);
    }

    [Fact]
    public void The_first_convolution_is_normalised_over_the_whole_piece()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        ParameterLoader layer = Loader(store)["feature_extractor"]["conv_layers.0"];
        float[] waveform = Speech(samples: 2003);
        var norm = new WaveformNorm(layer, stride: 5);
        float[] scale = new float[norm.Channels];
        float[] shift = new float[norm.Channels];

        norm.Compute(new AudioPiece(waveform, Frames: 1), scale, shift);

        float[] taps = layer.Values("conv.weight");
        for (int channel = 0; channel < norm.Channels; channel++)
        {
            double[] outputs = [.. Enumerable.Range(0, (waveform.Length - 10) / 5 + 1).Select(window =>
                Enumerable.Range(0, 10).Sum(i => (double)taps[channel * 10 + i] * waveform[window * 5 + i]))];
            double mean = outputs.Average();
            double variance = outputs.Average(output => (output - mean) * (output - mean));
            double expected = (outputs[7] - mean) / Math.Sqrt(variance + 1e-5)
                * layer.Values("layer_norm.weight")[channel] + layer.Values("layer_norm.bias")[channel];
            Assert.Equal(expected, scale[channel] * outputs[7] + shift[channel], 1e-5);
        }
    }

    [Fact]
    public void Pieces_of_other_lengths_do_not_disturb_each_other()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        using var encoder = new SpeechPass(device, new AudioEncoder(Loader(store), Tiny));
        float[] longer = Speech(25 * 640 + 80);
        float[] shorter = Speech(640 + 80);
        CancellationToken cancellation = TestContext.Current.CancellationToken;

        float[] first = Encode(longer, 25).Values;
        AudioEmbedding between = Encode(shorter, 1);
        float[] again = Encode(longer, 25).Values;
        Encode(Speech(2 * 640 + 80), 2);
        float[] replanned = Encode(longer, 25).Values;

        Assert.Equal(first, again);
        Assert.Equal(first, replanned);
        Assert.Equal(1, between.Frames);
        Assert.All(between.Values, value => Assert.True(float.IsFinite(value)));

        AudioEmbedding Encode(float[] waveform, int frames)
        {
            encoder.Run(new AudioPiece(waveform, frames), cancellation);
            return encoder.ReadEmbedding();
        }
    }

    [Fact]
    public void Too_few_samples_for_one_feature_are_refused()
    {
        using var device = new CpuDevice();
        using var store = new ParameterStore(device);
        using var encoder = new SpeechPass(device, new AudioEncoder(Loader(store), Tiny));

        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Run(new AudioPiece(new float[399], 1), TestContext.Current.CancellationToken));
    }

    private static ParameterLoader Loader(ParameterStore store) => new(new SyntheticWeights(WeightPreset.Tiny, "audio_encoder"), store);

    // Noise that is not centred, so that means matter.
    private static float[] Speech(int samples)
    {
        float[] waveform = new float[samples];
        new PhiloxNormal(Seed: 3).Fill(waveform);
        return [.. waveform.Select(sample => sample + 0.3f)];
    }

    private static float[] Features(Device device, FeatureExtractor extractor, ReadOnlySpan<float> waveform, float[] scale, float[] shift)
    {
        int samples = waveform.Length;
        using var pass = new ForwardPass<(Tensor Waveform, Tensor Scale, Tensor Shift, Tensor Features)>(device, workspace =>
        {
            Tensor waveformPort = workspace.Allocate(samples, 1);
            Tensor scalePort = workspace.Allocate(scale.Length);
            Tensor shiftPort = workspace.Allocate(shift.Length);
            return (waveformPort, scalePort, shiftPort, extractor.Forward(workspace, waveformPort, scalePort, shiftPort));
        });
        device.Write(waveform, pass.Ports.Waveform);
        device.Write(scale, pass.Ports.Scale);
        device.Write(shift, pass.Ports.Shift);
        pass.Run(TestContext.Current.CancellationToken);
        float[] features = new float[pass.Ports.Features.Shape.ElementCount];
        device.Read(pass.Ports.Features, features);
        return features;
    }
}

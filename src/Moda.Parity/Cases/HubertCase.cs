using Moda.Kernels;
using Moda.Runtime.Audio;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.Audio;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>The audio encoder: prepared samples to the outputs of its layers.</summary>
internal sealed class HubertCase : IParityCase
{
    public string Kind => "hubert";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor wave = reference.Input("wave");

        // There are 640 samples for each frame; no file of a sensible length asks for ten times as many frames.
        int frames = reference.Number("seq_len", most: Math.Max(1, wave.Values.Length / 64));
        AudioEncoderSettings settings = reference.Weights.AudioEncoder with { AttentionHeads = reference.Number("heads") };
        using var store = new ParameterStore(device);
        var network = new AudioEncoder(new ParameterLoader(reference.Weights.Network("audio_encoder"), store), settings);
        using var encoder = new SpeechEncoder(device, network);
        encoder.Run(new AudioPiece(wave.Values, frames));
        AudioEmbedding embedding = encoder.ReadEmbedding();
        return new Dictionary<string, HostTensor>
        {
            ["hidden_states"] = new(embedding.Values, [embedding.Frames, network.Layers, network.Channels]),
        };
    }
}

using Moda.Kernels;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// Encodes pieces of speech one after the other. The forward that was planned for a piece is kept for the next piece of the same
/// length: all pieces of a clip but the last have one.
/// </summary>
public sealed class SpeechEncoder : IDisposable
{
    private readonly Device device;
    private readonly AudioEncoder network;
    private ForwardPass<AudioEncoderPorts>? pass;

    /// <summary>Prepares nothing yet.</summary>
    /// <param name="device">The device that holds the network's parameters.</param>
    /// <param name="network">The network.</param>
    public SpeechEncoder(Device device, AudioEncoder network)
    {
        this.device = device;
        this.network = network;
    }

    /// <summary>Channels of a frame's embedding: those of all layers.</summary>
    public int Channels => network.Layers * network.Channels;

    /// <summary>Encodes a piece.</summary>
    /// <param name="waveform">Samples at 16 kHz, normalised and padded: <see cref="Moda.Runtime.Audio.AudioPreparation"/>.</param>
    /// <param name="frames">Video frames of the piece.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no frames, or too few samples for one feature.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public AudioEmbedding Encode(ReadOnlyMemory<float> waveform, int frames, CancellationToken cancellationToken = default)
    {
        Run(waveform, frames, cancellationToken);
        return Read(start: 0, frames);
    }

    /// <summary>
    /// Begins to encode a piece: what <see cref="Read"/> gives from now on. All layers of a minute are some 50 MB, so whoever wants the first
    /// frames soon does not read them at once.
    /// </summary>
    /// <param name="waveform">As for <see cref="Encode"/>.</param>
    /// <param name="frames">Video frames of the piece.</param>
    /// <param name="cancellationToken">Looked at before each op.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no frames, or too few samples for one feature.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(ReadOnlyMemory<float> waveform, int frames, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(waveform.Length, network.ShortestWaveform, nameof(waveform));
        ForwardPass<AudioEncoderPorts> current = PassFor(waveform.Length, frames);
        network.Write(device, waveform, current.Ports);
        current.Run(cancellationToken);
    }

    /// <summary>Reads some frames of the piece that was run last.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">None was run.</exception>
    public AudioEmbedding Read(int start, int count)
    {
        Tensor embedding = (pass ?? throw new InvalidOperationException("No piece has been run yet.")).Ports.Embedding;
        float[] values = GC.AllocateUninitializedArray<float>(count * Channels);
        device.Read(embedding.Slice(start, count), values);
        return new AudioEmbedding(values, count);
    }

    /// <inheritdoc/>
    public void Dispose() => pass?.Dispose();

    private ForwardPass<AudioEncoderPorts> PassFor(int samples, int frames)
    {
        if (pass is not null && (pass.Ports.Waveform.Shape[0], pass.Ports.Embedding.Shape[0]) == (samples, frames))
        {
            return pass;
        }

        pass?.Dispose();
        pass = null;
        pass = new ForwardPass<AudioEncoderPorts>(device, workspace => network.Forward(workspace, samples, frames));
        return pass;
    }
}

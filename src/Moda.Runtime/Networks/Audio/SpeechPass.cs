using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Audio;
using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Networks.Audio;

/// <summary>
/// Encodes pieces of speech, one at a time, and embeds them as tokens of the motion generator. Planned forward passes are kept for the
/// lengths that were used last, because all pieces of a long voice except the last have the same length.
/// </summary>
/// <remarks>
/// Pieces are not batched. Attention covers a whole piece, so a batch of several clips would only save launches. A minute of voice takes 5
/// ms on an H200, so waiting for other clips would gain nothing.
/// </remarks>
internal sealed class SpeechPass : IDisposable
{
    private const int KeptLengths = 2;

    private readonly Device device;
    private readonly AudioEncoder network;
    private readonly MotionGenerator? generator;
    private readonly List<ForwardPass<Ports>> passes = [];

    /// <summary>Creates the pass. Forward passes are planned when they are first needed.</summary>
    /// <param name="device">The device that holds the networks' parameters.</param>
    /// <param name="network">The audio encoder.</param>
    /// <param name="generator">The motion generator, which embeds the features; null when no tokens are needed.</param>
    public SpeechPass(Device device, AudioEncoder network, MotionGenerator? generator = null)
    {
        this.device = device;
        this.network = network;
        this.generator = generator;
    }

    /// <summary>The device memory of the encoder in bytes, without the networks' parameters.</summary>
    public long ArenaBytes => passes.Sum(pass => pass.ArenaBytes);

    /// <summary>Encodes a piece. <see cref="ReadEmbedding"/> and <see cref="ReadTokens()"/> return the result.</summary>
    /// <param name="piece">Samples at 16 kHz, normalised and padded by <see cref="AudioPreparation"/>.</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no frames, or too few samples for one feature.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(AudioPiece piece, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(piece.Frames, 1, nameof(piece));
        ArgumentOutOfRangeException.ThrowIfLessThan(piece.InputValues.Length, network.ShortestWaveform, nameof(piece));
        ForwardPass<Ports> current = PassFor(piece.InputValues.Length, piece.Frames);
        network.Write(device, piece, current.Ports.Encoder);
        current.Run(cancellationToken);
    }

    /// <summary>Reads the audio embedding of the last piece: the outputs of all layers.</summary>
    public AudioEmbedding ReadEmbedding() => new(Read(Last.Encoder.Embedding), Last.Encoder.Embedding.Shape[0]);

    /// <summary>Reads the tokens of the last piece, [frames, C].</summary>
    public float[] ReadTokens() => Read(LastTokens);

    /// <summary>Reads the tokens of the last piece into memory that is there.</summary>
    /// <param name="tokens">[frames, C], written.</param>
    public void ReadTokens(Span<float> tokens) => device.Read(LastTokens, tokens);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ForwardPass<Ports> pass in passes)
        {
            pass.Dispose();
        }

        passes.Clear();
    }

    private Ports Last => passes.Count > 0 ? passes[^1].Ports : throw new InvalidOperationException("No piece has been run yet.");

    private Tensor LastTokens => Last.Tokens ?? throw new InvalidOperationException("The encoder was made without a motion generator.");

    private float[] Read(Tensor tensor)
    {
        float[] values = GC.AllocateUninitializedArray<float>(checked((int)tensor.Shape.ElementCount));
        device.Read(tensor, values);
        return values;
    }

    // The pass that was used last is at the end of the list.
    private ForwardPass<Ports> PassFor(int samples, int frames)
    {
        int found = passes.FindIndex(pass => (pass.Ports.Encoder.Waveform.Shape[0], pass.Ports.Encoder.Embedding.Shape[0]) == (samples, frames));
        ForwardPass<Ports> current;
        if (found >= 0)
        {
            current = passes[found];
            passes.RemoveAt(found);
        }
        else
        {
            if (passes.Count == KeptLengths)
            {
                passes[0].Dispose();
                passes.RemoveAt(0);
            }

            current = new ForwardPass<Ports>(device, workspace => Forward(workspace, samples, frames));
        }

        passes.Add(current);
        return current;
    }

    private Ports Forward(Workspace workspace, int samples, int frames)
    {
        Tensor? tokens = generator is null ? null : workspace.Allocate(frames, generator.Channels);
        AudioEncoderPorts encoder = network.Forward(workspace, samples, frames);
        return new Ports(encoder, generator is null ? null : generator.EmbedAudio(workspace, encoder.Embedding, tokens));
    }

    private readonly record struct Ports(AudioEncoderPorts Encoder, Tensor? Tokens);
}

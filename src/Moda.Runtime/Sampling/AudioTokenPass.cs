using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>Embeds frames of audio that are on the host as the motion generator's tokens, planned for one number of frames.</summary>
internal sealed class AudioTokenPass : IDisposable
{
    private readonly Device device;
    private readonly int channels;
    private readonly ForwardPass<(Tensor Audio, Tensor Tokens)> pass;

    /// <summary>Plans the forward.</summary>
    /// <param name="device">The device that holds the network's parameters.</param>
    /// <param name="network">The motion generator.</param>
    /// <param name="frames">Frames that are embedded at once.</param>
    public AudioTokenPass(Device device, MotionGenerator network, int frames)
    {
        this.device = device;
        channels = network.AudioChannels;
        pass = new ForwardPass<(Tensor Audio, Tensor Tokens)>(device, workspace =>
        {
            Tensor audio = workspace.Allocate(frames, network.AudioChannels);
            return (audio, network.EmbedAudio(workspace, audio));
        });
    }

    /// <summary>The token of a frame of zeros, which stands for the frames that the last segment of a clip lacks: [C].</summary>
    public static float[] PaddingToken(Device device, MotionGenerator network)
    {
        using var tokenizer = new AudioTokenPass(device, network, frames: 1);
        return tokenizer.Embed(new float[network.AudioChannels], network.AudioChannels).Values;
    }

    /// <summary>Embeds frames.</summary>
    /// <param name="audio">[frames, A], row-major, as many frames as planned.</param>
    /// <param name="audioChannels">A, the channels that the embedding was made with.</param>
    /// <exception cref="ArgumentException">A frame has other channels than the network needs.</exception>
    public AudioTokens Embed(ReadOnlySpan<float> audio, int audioChannels)
    {
        if (audioChannels != channels)
        {
            throw new ArgumentException(
                $"A frame of the audio embedding has {audioChannels} channels, the motion generator needs {channels}: they don't belong together.",
                nameof(audioChannels));
        }

        device.Write(audio, pass.Ports.Audio);
        pass.Run();
        float[] tokens = new float[pass.Ports.Tokens.Shape.ElementCount];
        device.Read(pass.Ports.Tokens, tokens);
        return new AudioTokens(tokens, pass.Ports.Tokens.Shape[0]);
    }

    /// <summary>Releases the forward's memory.</summary>
    public void Dispose() => pass.Dispose();
}

using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>What stands for the audio embedding of a frame where guidance hears no audio: one vector, repeated for each of its layers.</summary>
internal sealed class NullAudio
{
    // Of the numbers that stand for a missing null_audio_feat; segments have the streams from 0 upwards.
    private const ulong Stream = ulong.MaxValue;

    private readonly float[] frame;

    private NullAudio(float[] frame, bool isDrawn)
    {
        this.frame = frame;
        IsDrawn = isDrawn;
    }

    /// <summary>[A].</summary>
    public ReadOnlySpan<float> Frame => frame;

    /// <summary>Whether it was drawn at random because the checkpoint has none. Guidance then differs a little from what was trained.</summary>
    public bool IsDrawn { get; }

    /// <summary>Takes the checkpoint's <c>null_audio_feat</c> or, where that is missing, numbers of a fixed seed.</summary>
    /// <param name="network">The motion generator.</param>
    /// <param name="layers">Layers of the audio encoder.</param>
    /// <exception cref="ArgumentException">So many layers of it are not a frame's channels.</exception>
    public static NullAudio Of(MotionGenerator network, int layers) => network.NullAudio is { } stored
        ? Of(network, layers, [.. stored], isDrawn: false)
        : Of(network, layers, Draw(network.AudioChannels / layers), isDrawn: true);

    private static NullAudio Of(MotionGenerator network, int layers, ReadOnlySpan<float> layer, bool isDrawn)
    {
        if (layer.Length * layers != network.AudioChannels)
        {
            throw new ArgumentException(
                $"The null audio has {layer.Length} channels; {layers} layers of it are not the {network.AudioChannels} of a frame.", nameof(layer));
        }

        float[] frame = new float[network.AudioChannels];
        for (int start = 0; start < frame.Length; start += layer.Length)
        {
            layer.CopyTo(frame.AsSpan(start));
        }

        return new NullAudio(frame, isDrawn);
    }

    private static float[] Draw(int channels)
    {
        float[] drawn = new float[channels];
        new PhiloxNormal(Seed: 0, Stream).Fill(drawn);
        return drawn;
    }
}

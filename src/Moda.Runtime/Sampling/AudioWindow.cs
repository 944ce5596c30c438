using Moda.Runtime.Networks.Audio;

namespace Moda.Runtime.Sampling;

/// <summary>The frames of audio that one segment hears, filled from pieces that come in order.</summary>
internal sealed class AudioWindow
{
    private readonly SegmentPlan plan;
    private readonly int channels;
    private readonly float[] frames;
    private int count;

    /// <summary>Begins with no frames.</summary>
    /// <param name="plan">How segments overlap.</param>
    /// <param name="channels">Channels of a frame.</param>
    public AudioWindow(SegmentPlan plan, int channels)
    {
        this.plan = plan;
        this.channels = channels;
        frames = new float[plan.Length * channels];
    }

    /// <summary>Whether a segment can be sampled.</summary>
    public bool IsFull => count == plan.Length;

    /// <summary>[segment length, channels].</summary>
    public ReadOnlySpan<float> Frames => frames;

    /// <summary>Takes as many frames as there is room for.</summary>
    /// <param name="piece">Where they come from.</param>
    /// <param name="start">The first that was not taken yet.</param>
    /// <returns>How many were taken.</returns>
    /// <exception cref="ArgumentException">A frame has other channels.</exception>
    public int Take(AudioEmbedding piece, int start)
    {
        if (piece.Channels != channels)
        {
            throw new ArgumentException(
                $"A frame of the audio embedding has {piece.Channels} channels, the motion generator needs {channels}: they don't belong together.", nameof(piece));
        }

        int taken = Math.Min(plan.Length - count, piece.Frames - start);
        piece.Values.AsSpan(start * channels, taken * channels).CopyTo(frames.AsSpan(count * channels));
        count += taken;
        return taken;
    }

    /// <summary>Fills the rest with zeros, since there is no more audio.</summary>
    public void Pad()
    {
        frames.AsSpan(count * channels).Clear();
        count = plan.Length;
    }

    /// <summary>Goes on to the next segment: the frames that it shares with this one stay.</summary>
    public void Advance()
    {
        frames.AsSpan(plan.Stride * channels).CopyTo(frames);
        count = plan.Overlap;
    }
}

namespace Moda.Runtime.Sampling;

/// <summary>The audio tokens that one segment hears, filled from pieces that come in order.</summary>
internal sealed class AudioWindow
{
    private readonly SegmentPlan plan;
    private readonly int channels;
    private readonly float[] padding;
    private readonly float[] frames;
    private int count;

    /// <summary>Begins with no frames.</summary>
    /// <param name="plan">How segments overlap.</param>
    /// <param name="padding">[channels]: the token of a frame that there is no audio for.</param>
    public AudioWindow(SegmentPlan plan, float[] padding)
    {
        this.plan = plan;
        this.padding = padding;
        channels = padding.Length;
        frames = new float[plan.Length * channels];
    }

    /// <summary>Whether a segment can be sampled.</summary>
    public bool IsFull => count == plan.Length;

    /// <summary>[segment length, channels].</summary>
    public ReadOnlyMemory<float> Frames => frames;

    /// <summary>Takes as many frames as there is room for.</summary>
    /// <param name="piece">Where they come from.</param>
    /// <param name="start">The first that was not taken yet.</param>
    /// <returns>How many were taken.</returns>
    public int Take(AudioTokens piece, int start)
    {
        int taken = Math.Min(plan.Length - count, piece.Frames - start);
        piece.Values.AsSpan(start * channels, taken * channels).CopyTo(frames.AsSpan(count * channels));
        count += taken;
        return taken;
    }

    /// <summary>Fills the rest, since there is no more audio.</summary>
    public void Pad()
    {
        for (; count < plan.Length; count++)
        {
            padding.CopyTo(frames.AsSpan(count * channels));
        }
    }

    /// <summary>Goes on to the next segment: the frames that it shares with this one stay.</summary>
    public void Advance()
    {
        frames.AsSpan(plan.Stride * channels).CopyTo(frames);
        count = plan.Overlap;
    }
}

using Moda.Runtime.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// Samples motion that goes on for ever, window by window. A window is one segment: it begins with frames that are final and are held, and
/// ends with new ones. A frame has the same noise in every window, so that windows which foresee the same frames agree on them.
/// </summary>
/// <param name="sampler">Samples the segments.</param>
/// <param name="conditions">Emotion, face, guidance, and the noise: that of a frame instead of a segment.</param>
internal sealed class WindowSampler(ISegmentSampler sampler, MotionRequest conditions)
{
    private const int Width = MotionLayout.Width;

    private readonly float[] noise = new float[sampler.Plan.Length * Width];
    private readonly float[] motion = new float[sampler.Plan.Length * Width];

    // The latest final frames, as many as a window has.
    private readonly float[] history = new float[sampler.Plan.Length * Width];
    private int known;
    private int next;

    /// <summary>Frames of a window.</summary>
    public int Length => sampler.Plan.Length;

    /// <summary>Whether there is a window of final frames to go on from.</summary>
    public bool HasHistory => known == Length;

    /// <summary>The latest final frames, [count, 70].</summary>
    public ReadOnlySpan<float> Latest(int count) => history.AsSpan(history.Length - (count * Width));

    /// <summary>Samples the next frames.</summary>
    /// <param name="tokens">[window, C]: the sound of the window's frames.</param>
    /// <param name="count">New frames at the window's end; all of it where there is no history yet.</param>
    /// <param name="cancellationToken">Stops the sampling.</param>
    /// <returns>[count, 70], normalised; valid until the next sampling.</returns>
    public async Task<ReadOnlyMemory<float>> SampleAsync(ReadOnlyMemory<float> tokens, int count, CancellationToken cancellationToken)
    {
        int held = Length - count;
        int first = next - held;
        for (int frame = 0; frame < Length; frame++)
        {
            conditions.Noise(first + frame, noise.AsSpan(frame * Width, Width));
        }

        int start = history.Length - (held * Width);
        var segment = new SegmentInput
        {
            Options = conditions.Options,
            Emotion = conditions.Emotion,
            Keypoints = conditions.Keypoints,
            AudioTokens = tokens,
            PreviousMotion = HasHistory ? history.AsMemory(start - Width, Width) : conditions.PreviousMotion,
            Held = history.AsMemory(start),
            Noise = noise,
            Motion = motion,
        };
        await sampler.SampleAsync(segment, cancellationToken).ConfigureAwait(false);
        return motion.AsMemory(held * Width);
    }

    /// <summary>Some frames are final: the next window goes on from them.</summary>
    /// <param name="frames">[n, 70].</param>
    public void Keep(ReadOnlySpan<float> frames)
    {
        history.AsSpan(frames.Length).CopyTo(history);
        frames.CopyTo(history.AsSpan(history.Length - frames.Length));
        int count = frames.Length / Width;
        next += count;
        known = Math.Min(known + count, Length);
    }
}

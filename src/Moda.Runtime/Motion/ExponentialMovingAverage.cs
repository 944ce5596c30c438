namespace Moda.Runtime.Motion;

/// <summary>The reference's smoothing of head motion: <c>y[n] = alpha x[n] + (1 - alpha) y[n - 1]</c>, <c>y[0] = x[0]</c>.</summary>
internal static class ExponentialMovingAverage
{
    /// <summary>The reference's weight of the new value.</summary>
    public const float Alpha = 0.01f;

    /// <summary>Smooths scale, translation and head pose; the expression stays.</summary>
    /// <param name="motion">Denormalised.</param>
    /// <param name="before">[70]: the smoothed frame before the first, where the motion goes on from one; else empty.</param>
    public static MotionSequence SmoothPose(MotionSequence motion, ReadOnlySpan<float> before = default)
    {
        float[] values = motion.Values.ToArray();
        for (int frame = before.IsEmpty ? 1 : 0; frame < motion.Frames; frame++)
        {
            ReadOnlySpan<float> previous = frame == 0 ? before : values.AsSpan((frame - 1) * MotionLayout.Width, MotionLayout.Width);
            Span<float> current = values.AsSpan(frame * MotionLayout.Width, MotionLayout.Width);
            for (int place = MotionLayout.Scale; place < MotionLayout.Width; place++)
            {
                current[place] = Alpha * current[place] + (1 - Alpha) * previous[place];
            }
        }
        return new MotionSequence(values);
    }
}

using Moda.Weights.Sets;

namespace Moda.Runtime.Motion;

/// <summary>Normalises motion by the mean and standard deviation of the training data's.</summary>
internal sealed class MotionStatistics
{
    private const float Epsilon = 1e-5f;

    private readonly float[] mean;
    private readonly float[] standardDeviation;

    /// <summary>Takes the statistics.</summary>
    /// <param name="values">70 means and deviations, in the order of <see cref="MotionLayout"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more or fewer.</exception>
    public MotionStatistics(MeanAndDeviation values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Mean.Length, MotionLayout.Width, nameof(values));
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.StandardDeviation.Length, MotionLayout.Width, nameof(values));
        mean = values.Mean.ToArray();
        standardDeviation = values.StandardDeviation.ToArray();
    }

    /// <summary>[70].</summary>
    public ReadOnlySpan<float> Mean => mean;

    /// <summary>Normalises a frame in place: <c>(x - mean) / (std + 1e-5)</c>.</summary>
    /// <param name="frame">[70].</param>
    public void Normalize(Span<float> frame)
    {
        for (int i = 0; i < frame.Length; i++)
        {
            frame[i] = (frame[i] - mean[i]) / (standardDeviation[i] + Epsilon);
        }
    }

    /// <summary>Undoes the normalisation, and brings scale and translation back to the portrait's size.</summary>
    /// <param name="normalized">What the motion generator made.</param>
    /// <param name="rescaleRatio">See <see cref="PreviousMotion.RescaleRatio"/>.</param>
    /// <remarks>Reference: <c>LiveVASAPipeline.get_motion_sequence</c>.</remarks>
    public MotionSequence Denormalize(MotionSequence normalized, float rescaleRatio)
    {
        float[] values = normalized.Values.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            int place = i % MotionLayout.Width;
            float ratio = place is >= MotionLayout.Scale and < MotionLayout.Pitch ? rescaleRatio : 1;
            values[i] = (values[i] * (standardDeviation[place] + Epsilon) + mean[place]) * ratio;
        }
        return new MotionSequence(values);
    }
}

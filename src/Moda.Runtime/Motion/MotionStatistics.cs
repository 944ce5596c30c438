using Moda.Weights;

namespace Moda.Runtime.Motion;

/// <summary>Mean and standard deviation of the training data's motion: the reference's <c>mean.pt</c>.</summary>
internal sealed class MotionStatistics
{
    private const float Epsilon = 1e-5f;

    private readonly float[] mean;
    private readonly float[] standardDeviation;

    /// <summary>Takes the statistics.</summary>
    /// <param name="mean">[70], in the order of <see cref="MotionLayout"/>.</param>
    /// <param name="standardDeviation">[70]; 0 where the data never varies.</param>
    public MotionStatistics(ReadOnlySpan<float> mean, ReadOnlySpan<float> standardDeviation)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mean.Length, MotionLayout.Width, nameof(mean));
        ArgumentOutOfRangeException.ThrowIfNotEqual(standardDeviation.Length, MotionLayout.Width, nameof(standardDeviation));
        this.mean = mean.ToArray();
        this.standardDeviation = standardDeviation.ToArray();
    }

    /// <summary>[70].</summary>
    public ReadOnlySpan<float> Mean => mean;

    /// <summary>[70].</summary>
    public ReadOnlySpan<float> StandardDeviation => standardDeviation;

    /// <summary>Reads the tensors <c>mean</c> and <c>std</c> of 70 values each.</summary>
    /// <param name="source">A converted <c>mean.pt</c>.</param>
    /// <exception cref="TensorNotFoundException">One of them is missing.</exception>
    /// <exception cref="TensorMismatchException">One of them has another length.</exception>
    public static MotionStatistics Load(ITensorSource source)
    {
        float[] mean = new float[MotionLayout.Width];
        float[] standardDeviation = new float[MotionLayout.Width];
        source.Read("mean", mean);
        source.Read("std", standardDeviation);
        return new MotionStatistics(mean, standardDeviation);
    }

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

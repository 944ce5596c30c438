namespace Moda.Runtime.Motion;

/// <summary>Where the first segment of motion starts: the portrait's own motion, as the motion generator takes it.</summary>
/// <param name="Values">[70], normalised.</param>
/// <param name="RescaleRatio">
/// The portrait's scale over the training data's mean scale. The generator sees heads of mean scale; generated scale and
/// translation are multiplied by this again.
/// </param>
/// <remarks>Reference: <c>LiveVASAPipeline.get_prev_motion</c>.</remarks>
internal sealed record PreviousMotion(ReadOnlyMemory<float> Values, float RescaleRatio)
{
    private const float Epsilon = 1e-5f;

    /// <summary>Takes a portrait's motion.</summary>
    /// <param name="source">What the motion extractor read.</param>
    /// <param name="statistics">The training data's.</param>
    public static PreviousMotion From(SourceKeypoints source, MotionStatistics statistics)
    {
        float ratio = (source.Scale + Epsilon) / (statistics.Mean[MotionLayout.Scale] + Epsilon);
        float[] motion = new float[MotionLayout.Width];
        source.Expression.Span.CopyTo(motion);
        motion[MotionLayout.Scale] = source.Scale / ratio;
        (source.PlaneTranslation / ratio).CopyTo(motion.AsSpan(MotionLayout.Translation));
        motion[MotionLayout.Pitch] = source.Pose.Pitch;
        motion[MotionLayout.Yaw] = source.Pose.Yaw;
        motion[MotionLayout.Roll] = source.Pose.Roll;
        statistics.Normalize(motion);
        return new PreviousMotion(motion, ratio);
    }
}

namespace Moda.Runtime.Motion;

/// <summary>How a head is turned, in degrees.</summary>
/// <param name="Pitch">About the x axis.</param>
/// <param name="Yaw">About the y axis.</param>
/// <param name="Roll">About the z axis.</param>
internal readonly record struct HeadPose(float Pitch, float Yaw, float Roll)
{
    private const double DegreesPerBin = 3;
    private const double DegreesAtBin0 = -97.5;

    /// <summary>Reads a pose from the motion extractor's logits.</summary>
    /// <param name="pitch">A logit for each bin of 3 degrees from -97.5 on, or one value in degrees.</param>
    /// <param name="yaw">Likewise.</param>
    /// <param name="roll">Likewise.</param>
    public static HeadPose FromBins(ReadOnlySpan<float> pitch, ReadOnlySpan<float> yaw, ReadOnlySpan<float> roll) =>
        new(Expectation(pitch), Expectation(yaw), Expectation(roll));

    /// <summary>The rotation of row vectors: <c>(Rz Ry Rx)^T</c>.</summary>
    public RotationMatrix ToRotation() => RotationMatrix.FromDegrees(Pitch, Yaw, Roll);

    // The softmax's expected bin, as an angle.
    private static float Expectation(ReadOnlySpan<float> logits)
    {
        if (logits.Length == 1)
        {
            return logits[0];
        }
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }
        double sum = 0;
        double weighted = 0;
        for (int bin = 0; bin < logits.Length; bin++)
        {
            double weight = Math.Exp(logits[bin] - largest);
            sum += weight;
            weighted += weight * bin;
        }
        return (float)(weighted / sum * DegreesPerBin + DegreesAtBin0);
    }
}

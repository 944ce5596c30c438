using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>
/// The Kalman smoother of a random walk seen through noise: forward filter, then backward pass by Rauch, Tung and Striebel.
/// All values share one variance and none depends on another, so the gains are numbers.
/// </summary>
/// <param name="ProcessVariance">How far the true value walks from frame to frame.</param>
/// <param name="ObservationVariance">How far an observation lies from it. The larger, the smoother.</param>
/// <remarks>Reference: <c>filter.py</c>, which starts at the first observation with variance 1.</remarks>
internal readonly record struct KalmanSmoother(double ProcessVariance, double ObservationVariance)
{
    private const double InitialVariance = 1;

    /// <summary>The reference's variances.</summary>
    public static KalmanSmoother Default { get; } = new(1e-5, DrivingOptions.UsualObservationVariance);

    /// <summary>Smooths over time.</summary>
    /// <param name="observations">[frames, width].</param>
    /// <param name="width">Values of a frame.</param>
    /// <returns>[frames, width].</returns>
    public float[] Smooth(ReadOnlySpan<float> observations, int width)
    {
        int frames = observations.Length / width;
        double[] states = new double[observations.Length];
        double[] variances = new double[frames];
        for (int frame = 0; frame < frames; frame++)
        {
            double predicted = frame == 0 ? InitialVariance : variances[frame - 1] + ProcessVariance;
            double gain = predicted / (predicted + ObservationVariance);
            variances[frame] = (1 - gain) * predicted;
            int row = frame * width;
            for (int i = row; i < row + width; i++)
            {
                double prior = frame == 0 ? observations[i] : states[i - width];
                states[i] = prior + gain * (observations[i] - prior);
            }
        }
        for (int frame = frames - 2; frame >= 0; frame--)
        {
            double gain = variances[frame] / (variances[frame] + ProcessVariance);
            int row = frame * width;
            for (int i = row; i < row + width; i++)
            {
                states[i] += gain * (states[i + width] - states[i]);
            }
        }
        return Array.ConvertAll(states, static state => (float)state);
    }
}

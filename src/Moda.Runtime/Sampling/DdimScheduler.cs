namespace Moda.Runtime.Sampling;

/// <summary>
/// Denoising diffusion implicit models (Song et al. 2021, equation 12; <c>schedulers/scheduling_ddim.py</c>), with timesteps at equal
/// distances that end at 0.
/// </summary>
internal sealed class DdimScheduler
{
    // The cosine schedule's offset, and the largest variance, which keeps its last steps finite.
    private const double CosineOffset = 0.008;
    private const double LargestBeta = 0.999;

    private readonly DdimOptions options;
    private readonly double[] alphaProducts;
    private readonly int[] timesteps;

    /// <summary>Spreads the steps.</summary>
    /// <param name="options">How the network was trained.</param>
    /// <param name="steps">1 to the number of training steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many steps.</exception>
    public DdimScheduler(DdimOptions options, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, options.TrainingSteps);
        this.options = options;
        timesteps = [.. Enumerable.Range(0, steps).Select(step => (steps - 1 - step) * Stride(options, steps))];
        alphaProducts = new double[options.TrainingSteps];
        double product = 1;
        for (int step = 0; step < alphaProducts.Length; step++)
        {
            product *= 1 - Beta(options, step);
            alphaProducts[step] = product;
        }
    }

    /// <summary>How many steps there are.</summary>
    public int Steps => timesteps.Length;

    /// <summary>What the network is told at each step, downwards.</summary>
    public ReadOnlySpan<int> Timesteps => timesteps;

    /// <summary>Takes one step.</summary>
    /// <param name="prediction">What the network predicted.</param>
    /// <param name="step">0 .. <see cref="Steps"/> - 1.</param>
    /// <param name="sample">As long as the prediction; changed.</param>
    /// <param name="eta">How much of the noise is drawn anew: 0 none, 1 as in DDPM.</param>
    /// <param name="noise">Standard normal numbers, as many as the sample has elements; used where eta is above 0.</param>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public void Step(ReadOnlySpan<float> prediction, int step, Span<float> sample, float eta = 0, ReadOnlySpan<float> noise = default)
    {
        if (prediction.Length != sample.Length || (eta > 0 && noise.Length != sample.Length))
        {
            throw new ArgumentException($"A sample of {sample.Length} elements has a prediction of {prediction.Length} and noise of {noise.Length}.", nameof(sample));
        }

        int timestep = timesteps[step];
        int next = timestep - Stride(options, Steps);
        double alpha = alphaProducts[timestep];
        double nextAlpha = next >= 0 ? alphaProducts[next] : 1;
        double deviation = eta * Math.Sqrt((1 - nextAlpha) / (1 - alpha) * (1 - alpha / nextAlpha));
        double direction = Math.Sqrt(1 - nextAlpha - deviation * deviation);
        for (int i = 0; i < sample.Length; i++)
        {
            (double clean, double predictedNoise) = Split(prediction[i], sample[i], Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
            clean = Math.Clamp(clean, -options.ClipRange, options.ClipRange);
            double drawn = eta > 0 ? deviation * noise[i] : 0;
            sample[i] = (float)(Math.Sqrt(nextAlpha) * clean + direction * predictedNoise + drawn);
        }
    }

    // sample = signal * clean + noisePart * noise
    private (double Clean, double Noise) Split(double prediction, double sample, double signal, double noisePart) => options.Prediction switch
    {
        PredictionType.Noise => ((sample - noisePart * prediction) / signal, prediction),
        PredictionType.Sample => (prediction, (sample - signal * prediction) / noisePart),
        PredictionType.Velocity => (signal * sample - noisePart * prediction, signal * prediction + noisePart * sample),
        _ => throw new NotSupportedException($"There is no prediction type {options.Prediction}."),
    };

    private static int Stride(DdimOptions options, int steps) => options.TrainingSteps / steps;

    private static double Beta(DdimOptions options, int step)
    {
        double position = (double)step / (options.TrainingSteps - 1);
        switch (options.Schedule)
        {
            case BetaSchedule.Linear:
                return double.Lerp(options.BetaStart, options.BetaEnd, position);
            case BetaSchedule.ScaledLinear:
                double root = double.Lerp(Math.Sqrt(options.BetaStart), Math.Sqrt(options.BetaEnd), position);
                return root * root;
            case BetaSchedule.SquaredCosine:
                double before = SquaredCosine((double)step / options.TrainingSteps);
                double after = SquaredCosine((step + 1.0) / options.TrainingSteps);
                return Math.Min(1 - after / before, LargestBeta);
            default:
                throw new NotSupportedException($"There is no beta schedule {options.Schedule}.");
        }
    }

    private static double SquaredCosine(double time)
    {
        double cosine = Math.Cos((time + CosineOffset) / (1 + CosineOffset) * Math.PI / 2);
        return cosine * cosine;
    }
}

using Moda.Runtime.Networks.Motion;

namespace Moda.Runtime.Sampling;

/// <summary>
/// The steps of flow matching as MoDA walks them (<c>schedulers/flow_matching.py</c>): Euler steps along a velocity that points from
/// motion to noise, from timestep 1000 to timestep 1.
/// </summary>
/// <remarks>
/// Noise levels are timestep / 1000. All steps have one length, which follows from the checkpoint's levels, but none goes below level 0:
/// with the published levels, 0.001 to 1, the last step is only 0.001 long.
/// </remarks>
internal sealed class FlowMatchScheduler
{
    private const int TrainingSteps = 1000;

    private readonly float[] timesteps;
    private readonly double stepLength;

    /// <summary>Spreads the steps.</summary>
    /// <param name="steps">2 to 1000.</param>
    /// <param name="levels">The noise levels of the checkpoint; null for the published ones.</param>
    /// <exception cref="ArgumentOutOfRangeException">One step has no length; more than 1000 were never trained.</exception>
    public FlowMatchScheduler(int steps, NoiseLevels? levels = null)
    {
        if (steps is < 2 or > TrainingSteps)
        {
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"Flow matching takes 2 to {TrainingSteps} steps.");
        }

        stepLength = (levels ?? NoiseLevels.Published).Range / (steps - 1);
        timesteps = new float[steps];
        for (int step = 0; step < steps; step++)
        {
            timesteps[step] = (float)Timestep(step);
        }
    }

    /// <summary>How many steps there are.</summary>
    public int Steps => timesteps.Length;

    /// <summary>What the network is told at each step, from 1000 down to 1.</summary>
    public ReadOnlySpan<float> Timesteps => timesteps;

    /// <summary>What a velocity is multiplied by before it is added to the sample: below zero where steps lead away from noise.</summary>
    /// <param name="step">0 .. <see cref="Steps"/> - 1.</param>
    public float StepSize(int step)
    {
        double level = Timestep(step) / TrainingSteps;
        return (float)(Math.Max(level - stepLength, 0) - level);
    }

    private double Timestep(int step) => TrainingSteps - (TrainingSteps - 1.0) * step / (Steps - 1);
}

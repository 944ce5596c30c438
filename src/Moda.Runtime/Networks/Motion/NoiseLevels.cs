namespace Moda.Runtime.Networks.Motion;

/// <summary>The noise levels that a flow-matching network was trained with; a checkpoint carries them as <c>scheduler.sigmas</c>.</summary>
/// <param name="Lowest">At timestep 1.</param>
/// <param name="Highest">At timestep 1000.</param>
internal readonly record struct NoiseLevels(float Lowest, float Highest)
{
    /// <summary>0.001 to 1.</summary>
    public static NoiseLevels Published => new(0.001f, 1);

    /// <summary>From the lowest to the highest.</summary>
    public double Range => (double)Highest - Lowest;
}

namespace Moda.Runtime.Networks.Motion;

/// <summary>The noise levels of a flow-matching network's training. A checkpoint stores them as <c>scheduler.sigmas</c>.</summary>
/// <param name="Lowest">The noise level at timestep 1.</param>
/// <param name="Highest">The noise level at timestep 1000.</param>
internal readonly record struct NoiseLevels(float Lowest, float Highest)
{
    /// <summary>The noise levels of the published weights: 0.001 to 1.</summary>
    public static NoiseLevels Published => new(0.001f, 1);

    /// <summary>The difference of the highest and the lowest level.</summary>
    public double Range => (double)Highest - Lowest;
}

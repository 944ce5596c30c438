using Moda.Kernels.Parameters;
using Moda.Weights;

namespace Moda.Runtime.Networks;

/// <summary>The values of a tensor of a checkpoint, which are read from there, and checked, when they are asked for.</summary>
/// <param name="source">The checkpoint; it must not be closed before they are.</param>
/// <param name="name">The tensor's name.</param>
/// <param name="count">Its elements.</param>
internal sealed class TensorValues(ITensorSource source, string name, int count) : ParameterValues(count)
{
    /// <exception cref="TensorMismatchException">A value is NaN or infinite.</exception>
    public override void ReadRange(int first, Span<float> destination)
    {
        source.ReadRange(name, first, destination);
        FiniteValues.Require(name, source.Description, destination, first);
    }
}

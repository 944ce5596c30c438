using Moda.Kernels.Parameters;
using Moda.Weights;

namespace Moda.Runtime.Networks;

/// <summary>The values of a tensor of a checkpoint. They are read and checked when they are requested.</summary>
/// <param name="source">The checkpoint. It must stay open until the values are read.</param>
/// <param name="name">The tensor's name.</param>
/// <param name="count">The number of its elements.</param>
internal sealed class TensorValues(ITensorSource source, string name, int count) : ParameterValues(count)
{
    /// <exception cref="TensorMismatchException">A value is NaN or infinite.</exception>
    public override void ReadRange(int first, Span<float> destination)
    {
        source.ReadRange(name, first, destination);
        FiniteValues.Require(name, source.Description, destination, first);
    }
}

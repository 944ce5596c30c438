using Moda.Weights;

namespace Moda.Kernels.Forwards;

/// <summary>An op was given tensors whose shapes don't fit together. Thrown while a forward is planned, before any op runs.</summary>
public sealed class TensorShapeException : ModaException
{
    /// <summary>Says what was expected and what was found.</summary>
    /// <param name="op">The op.</param>
    /// <param name="expectation">What it needs.</param>
    /// <param name="first">One tensor's shape.</param>
    /// <param name="second">The other's.</param>
    internal TensorShapeException(string op, string expectation, Shape first, Shape second)
        : base($"{op}: {expectation}, but the shapes are {first} and {second}.")
    {
        Op = op;
        First = first;
        Second = second;
    }

    /// <summary>The op.</summary>
    public string Op { get; }

    /// <summary>One tensor's shape.</summary>
    public Shape First { get; }

    /// <summary>The other's.</summary>
    public Shape Second { get; }
}

namespace Moda.Kernels;

/// <summary>
/// How many elements a forward carries, frames or segments of different clips, and for how many its kernels are chosen. The bytes of an
/// element depend on the second number and on nothing beside it: forwards of 1, 2, 4 and 8 frames that are all planned for 8 give the
/// same frames. <c>default</c> chooses for what the forward carries.
/// </summary>
/// <remarks>
/// Every tensor of such a forward holds the elements along one of its axes, each as much of it as any other. What all elements share
/// is computed in a forward of its own.
/// </remarks>
/// <param name="Elements">Elements that the forward carries, at least 1.</param>
/// <param name="Planned">Elements that its kernels are chosen for, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">One of them is below 1.</exception>
public readonly record struct BatchPlan(int Elements, int Planned)
{
    /// <summary>Elements that the forward carries; 0 in <c>default</c>.</summary>
    public int Elements { get; } = AtLeastOne(Elements, nameof(Elements));

    /// <summary>Elements that its kernels are chosen for; 0 in <c>default</c>.</summary>
    public int Planned { get; } = AtLeastOne(Planned, nameof(Planned));

    /// <summary>Whether kernels are chosen for a number of elements, not for what the forward carries.</summary>
    public bool IsFixed => Planned != 0;

    /// <summary>What a number of rows, or an extent of the batch, would be with <see cref="Planned"/> elements: at least 1, rounded up.</summary>
    /// <param name="count">The number with <see cref="Elements"/> elements.</param>
    /// <exception cref="OverflowException">It does not fit an int.</exception>
    public int Scale(int count) => Elements == Planned
        ? count
        : checked((int)Math.Max(1, (((long)count * Planned) + Elements - 1) / Elements));

    /// <summary>How many of a number of rows belong to one element, rounded up; all where no number of elements is planned for.</summary>
    internal int OfElement(int count) => IsFixed ? (count + Elements - 1) / Elements : count;

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}

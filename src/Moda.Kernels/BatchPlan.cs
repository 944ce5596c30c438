namespace Moda.Kernels;

/// <summary>
/// How many elements a forward computes at once (frames or segments of different clips), and for how many its kernels are chosen.
/// The bytes of an element depend on the second number alone: forwards of 1, 2, 4 and 8 frames that are all planned for 8 give the
/// same frames. <c>default</c> chooses kernels for the elements that the forward has.
/// </summary>
/// <remarks>
/// Every tensor of such a forward holds the elements along one of its axes, in equal parts. What all elements share is computed in a
/// forward of its own.
/// </remarks>
/// <param name="Elements">Elements that the forward computes, at least 1.</param>
/// <param name="Planned">Elements that its kernels are chosen for, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">One of them is below 1.</exception>
public readonly record struct BatchPlan(int Elements, int Planned)
{
    /// <summary>Elements that the forward computes; 0 in <c>default</c>.</summary>
    public int Elements { get; } = AtLeastOne(Elements, nameof(Elements));

    /// <summary>Elements that its kernels are chosen for; 0 in <c>default</c>.</summary>
    public int Planned { get; } = AtLeastOne(Planned, nameof(Planned));

    /// <summary>Whether kernels are chosen for a given number of elements, not for those that the forward has.</summary>
    public bool IsFixed => Planned != 0;

    /// <summary>A number of rows, or an extent of the batch, scaled to <see cref="Planned"/> elements: at least 1, rounded up.</summary>
    /// <param name="count">The number with <see cref="Elements"/> elements.</param>
    /// <exception cref="OverflowException">It does not fit an int.</exception>
    public int Scale(int count) => Elements == Planned
        ? count
        : checked((int)Math.Max(1, (((long)count * Planned) + Elements - 1) / Elements));

    /// <summary>How many of a number of rows belong to one element, rounded up; all of them for <c>default</c>.</summary>
    internal int OfElement(int count) => IsFixed ? (count + Elements - 1) / Elements : count;

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}

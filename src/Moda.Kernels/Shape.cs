using System.Runtime.CompilerServices;

namespace Moda.Kernels;

/// <summary>
/// The extents of a tensor, outermost first, at most five. The last is the channels, the one before it the width, and so on.
/// Stored inline, so that slicing never allocates.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>The largest number of extents: batch, depth, height, width, channels.</summary>
    public const int MaximumRank = 5;

    private readonly Extents extents;

    /// <summary>Creates a shape from its extents, outermost first.</summary>
    /// <param name="extents">One to five extents, each at least 1.</param>
    /// <exception cref="ArgumentException">There are none or more than five, or one is below 1.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        if (extents.IsEmpty || extents.Length > MaximumRank)
        {
            throw new ArgumentException($"A shape has 1 to {MaximumRank} extents, not {extents.Length}.", nameof(extents));
        }

        Rank = extents.Length;
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] < 1)
            {
                throw new ArgumentException($"Extent {axis} of a shape is {extents[axis]}; it must be at least 1.", nameof(extents));
            }

            this.extents[axis] = extents[axis];
        }
    }

    /// <summary>How many extents there are.</summary>
    public int Rank { get; }

    /// <summary>The innermost extent.</summary>
    public int Channels => extents[Rank - 1];

    /// <summary>The product of all extents.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            for (int axis = 0; axis < Rank; axis++)
            {
                count *= extents[axis];
            }

            return count;
        }
    }

    /// <summary>The product of all extents but the innermost.</summary>
    public int Rows => checked((int)(ElementCount / Channels));

    /// <summary>One extent; an index from the end counts from the channels.</summary>
    public int this[Index axis] => extents[CheckedAxis(axis.GetOffset(Rank))];

    /// <summary>The same shape with other channels.</summary>
    public Shape WithChannels(int channels) => With(Rank - 1, channels);

    /// <summary>The same shape with one extent replaced.</summary>
    public Shape With(int axis, int extent)
    {
        Span<int> changed = stackalloc int[Rank];
        CopyTo(changed);
        changed[CheckedAxis(axis)] = extent;
        return new Shape(changed);
    }

    /// <summary>The shape without its outermost extent.</summary>
    public Shape Inner()
    {
        Span<int> all = stackalloc int[Rank];
        CopyTo(all);
        return new Shape(all[1..]);
    }

    /// <summary>Writes the extents, outermost first.</summary>
    public void CopyTo(Span<int> destination)
    {
        for (int axis = 0; axis < Rank; axis++)
        {
            destination[axis] = extents[axis];
        }
    }

    /// <inheritdoc/>
    public bool Equals(Shape other)
    {
        if (Rank != other.Rank)
        {
            return false;
        }

        for (int axis = 0; axis < Rank; axis++)
        {
            if (extents[axis] != other.extents[axis])
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, extents[0], extents[1], extents[2], extents[3], extents[4]);

    /// <summary>The extents as <c>[2, 80, 768]</c>.</summary>
    public override string ToString()
    {
        Span<int> all = stackalloc int[Rank];
        CopyTo(all);
        return $"[{string.Join(", ", all.ToArray())}]";
    }

    /// <summary>Whether two shapes have the same extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    private int CheckedAxis(int axis) => (uint)axis < (uint)Rank
        ? axis
        : throw new ArgumentOutOfRangeException(nameof(axis), axis, $"The shape has {Rank} extents.");

    [InlineArray(MaximumRank)]
    private struct Extents
    {
        private int first;
    }
}

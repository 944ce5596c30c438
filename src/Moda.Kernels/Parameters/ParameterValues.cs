namespace Moda.Kernels.Parameters;

/// <summary>
/// Values of parameters that are read when a device packs them, range by range: those of a file go straight to where the device wants
/// them, and what follows from others is computed on the way. They never change, and any number of threads may read them at once.
/// </summary>
public abstract class ParameterValues
{
    /// <summary>Values that a thread takes at a time, 256 KiB: far more work than handing them out, and they fit into its cache.</summary>
    internal const int RangeLength = 1 << 16;

    /// <summary>Describes values.</summary>
    /// <param name="count">How many there are.</param>
    protected ParameterValues(int count) => Count = count;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Values that lie in an array, which must not change any more.</summary>
    public static implicit operator ParameterValues(float[] values) => new HostValues(values);

    /// <summary>The values of several, one after the other.</summary>
    /// <exception cref="OverflowException">They are more than an array can hold.</exception>
    public static ParameterValues Join(params ReadOnlySpan<ParameterValues> parts) => new JoinedValues(parts.ToArray());

    /// <summary>Some of the values.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public ParameterValues Slice(int first, int count)
    {
        CheckRange(first, count);
        return new SlicedValues(this, first, count);
    }

    /// <summary>Reads some values, on several threads where they are many.</summary>
    /// <param name="first">The first.</param>
    /// <param name="destination">Receives that one and those that follow it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public unsafe void Read(int first, Span<float> destination)
    {
        CheckRange(first, destination.Length);
        int length = destination.Length;
        fixed (float* pinned = destination)
        {
            float* start = pinned;
            int ranges = (int)(((long)length + RangeLength - 1) / RangeLength);
            ParallelLoop.For(ranges, Environment.ProcessorCount, range =>
            {
                int offset = range * RangeLength;
                ReadRange(first + offset, new Span<float>(start + offset, Math.Min(RangeLength, length - offset)));
            });
        }
    }

    /// <summary>Reads all values.</summary>
    public float[] ToArray()
    {
        float[] values = GC.AllocateUninitializedArray<float>(Count);
        Read(0, values);
        return values;
    }

    /// <summary>Reads some values on the calling thread.</summary>
    /// <param name="first">The first.</param>
    /// <param name="destination">Receives that one and those that follow it; there are that many.</param>
    public abstract void ReadRange(int first, Span<float> destination);

    private void CheckRange(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - count);
    }
}

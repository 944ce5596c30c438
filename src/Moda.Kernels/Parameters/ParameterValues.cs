namespace Moda.Kernels.Parameters;

/// <summary>
/// Values of parameters, read range by range when a device packs them. Values of a file are read straight into the device's buffers.
/// Values that are computed from others are computed as they are read. The values never change, and any number of threads may read at once.
/// </summary>
public abstract class ParameterValues
{
    /// <summary>Values that a thread reads at a time: 256 KiB, which fits its cache and takes far longer than handing out the range.</summary>
    internal const int RangeLength = 1 << 16;

    /// <summary>Describes values.</summary>
    /// <param name="count">How many there are.</param>
    protected ParameterValues(int count) => Count = count;

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The values of an array, which must not change afterwards.</summary>
    public static implicit operator ParameterValues(float[] values) => new HostValues(values);

    /// <summary>Several lists of values, one after the other.</summary>
    /// <exception cref="OverflowException">They are more than an array can hold.</exception>
    public static ParameterValues Join(params ReadOnlySpan<ParameterValues> parts) => new JoinedValues(parts.ToArray());

    /// <summary>A range of the values.</summary>
    /// <param name="first">The index of the first value.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is longer than the values.</exception>
    public ParameterValues Slice(int first, int count)
    {
        CheckRange(first, count);
        return new SlicedValues(this, first, count);
    }

    /// <summary>Reads a range of the values, on several threads where it is long.</summary>
    /// <param name="first">The index of the first value.</param>
    /// <param name="destination">Receives the first value and those that follow it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is longer than the values.</exception>
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

    /// <summary>Reads a range of the values on the calling thread.</summary>
    /// <param name="first">The index of the first value.</param>
    /// <param name="destination">Receives the first value and those that follow it. The range was checked.</param>
    public abstract void ReadRange(int first, Span<float> destination);

    private void CheckRange(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - count);
    }
}

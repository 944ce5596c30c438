namespace Moda.Kernels;

/// <summary>
/// A view of device memory as positions times channels, channels innermost: [N, D, H, W, C] and its shorter forms.
/// Consecutive positions lie <see cref="RowStride"/> elements apart, so that a range of channels is a tensor too
/// and a concatenation along channels is written in place. A value type: views cost nothing and own nothing.
/// </summary>
public readonly struct Tensor
{
    /// <summary>Views a part of a memory block.</summary>
    /// <param name="memory">The block; null while a forward is only being planned.</param>
    /// <param name="offset">First element, counted in elements from the start of the block.</param>
    /// <param name="shape">The extents, channels last.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="rowStride">Elements between consecutive positions; the channels when the view is contiguous.</param>
    public Tensor(DeviceMemory? memory, long offset, Shape shape, ElementType type, int rowStride)
    {
        Memory = memory;
        Offset = offset;
        Shape = shape;
        Type = type;
        RowStride = rowStride;
    }

    /// <summary>The block that holds the elements; null while a forward is only being planned.</summary>
    public DeviceMemory? Memory { get; }

    /// <summary>First element, counted in elements from the start of the block.</summary>
    public long Offset { get; }

    /// <summary>The extents, channels last.</summary>
    public Shape Shape { get; }

    /// <summary>How the elements are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Elements between consecutive positions.</summary>
    public int RowStride { get; }

    /// <summary>The number of positions: the product of all extents but the channels.</summary>
    public int Rows => Shape.Rows;

    /// <summary>The innermost extent.</summary>
    public int Channels => Shape.Channels;

    /// <summary>Whether no gaps lie between positions.</summary>
    public bool IsContiguous => RowStride == Channels;

    /// <summary>The sub-tensor at one index of the outermost axis, without that axis.</summary>
    public Tensor this[int index] => Slice(index, 1).WithShape(Shape.Inner());

    /// <summary>A range of the outermost axis.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    public Tensor Slice(int start, int count)
    {
        if (start < 0 || count < 1 || start + count > Shape[0] || Shape.Rank < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"Slice {start}..{start + count} of a tensor {Shape}.");
        }

        long rowsBefore = (long)start * (Rows / Shape[0]);
        return new Tensor(Memory, Offset + rowsBefore * RowStride, Shape.With(0, count), Type, RowStride);
    }

    /// <summary>A range of the channels of every position.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    public Tensor ChannelSlice(int start, int count)
    {
        if (start < 0 || count < 1 || start + count > Channels)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"Channels {start}..{start + count} of a tensor {Shape}.");
        }

        return new Tensor(Memory, Offset + start, Shape.WithChannels(count), Type, RowStride);
    }

    /// <summary>The same elements under another shape. The channels may change only where the tensor is contiguous.</summary>
    /// <exception cref="ArgumentException">The element counts differ, or the gaps between positions forbid the shape.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> extents)
    {
        var shape = new Shape(extents);
        if (shape.ElementCount != Shape.ElementCount || (shape.Channels != Channels && !IsContiguous))
        {
            throw new ArgumentException($"A tensor {Shape} with row stride {RowStride} can't be viewed as {shape}.", nameof(extents));
        }

        return WithShape(shape);
    }

    private Tensor WithShape(Shape shape) =>
        new(Memory, Offset, shape, Type, IsContiguous ? shape.Channels : RowStride);
}

using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

/// <summary>A contiguous tensor on the host, in float64 or another precision.</summary>
internal sealed class ReferenceTensor<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public ReferenceTensor(Shape shape)
        : this(shape, new T[shape.ElementCount])
    {
    }

    public ReferenceTensor(Shape shape, T[] values)
    {
        Shape = shape;
        Values = values;
    }

    public Shape Shape { get; }

    public T[] Values { get; }

    public int Rows => Shape.Rows;

    public int Channels => Shape.Channels;

    public ref T this[long row, int channel] => ref Values[row * Channels + channel];

    /// <summary>[N, (D,) H, W, C], with a depth of 1 where there is none.</summary>
    public (int Images, int Depth, int Height, int Width) Volume =>
        (Shape[0], Shape.Rank == 5 ? Shape[1] : 1, Shape[^3], Shape[^2]);

    /// <summary>The row of a position in a volume.</summary>
    public long RowAt(int image, int z, int y, int x)
    {
        (_, int depth, int height, int width) = Volume;
        return (((long)image * depth + z) * height + y) * width + x;
    }
}

/// <summary>
/// A plain implementation of one op, as its definition reads. In float64 it is the truth that devices are held against;
/// in float32 it says what error a plain implementation of the same precision makes.
/// </summary>
internal interface IReferenceOp
{
    ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>;
}

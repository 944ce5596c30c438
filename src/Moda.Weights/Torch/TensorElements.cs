using System.Buffers;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>The stored elements of a tensor in row-major order, for any strides.</summary>
internal readonly ref struct TensorElements
{
    // A strided tensor is read in one piece, with the gaps between its elements, if that piece is at most this many times as long as its
    // elements.
    private const int LargestDetour = 8;

    private readonly WeightFile file;
    private readonly TorchTensor tensor;
    private readonly long offset;
    private readonly int size;
    private readonly byte[]? span;

    /// <summary>
    /// Prepares the reading of a tensor. A strided tensor is read in one piece, with its gaps, to avoid reading its elements one by one.
    /// </summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="storageOffset">The position in the file of the stored elements that the tensor's storage belongs to.</param>
    public TensorElements(WeightFile file, TorchTensor tensor, long storageOffset)
    {
        this.file = file;
        this.tensor = tensor;
        size = tensor.Type.SizeInBytes();
        offset = storageOffset + ((tensor.Storage.FirstElement + tensor.Offset) * size);
        if (!tensor.IsContiguous && tensor.Span <= Math.Min(Array.MaxLength / size, (long)LargestDetour * tensor.ElementCount))
        {
            span = ArrayPool<byte>.Shared.Rent((int)tensor.Span * size);
            file.Read(offset, span.AsSpan(0, (int)tensor.Span * size));
        }
    }

    /// <summary>Copies elements as they are stored.</summary>
    /// <param name="first">The first, counted row-major.</param>
    /// <param name="destination">Receives the bytes of that element and of those that follow it. It holds whole elements.</param>
    public void CopyTo(int first, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        if (tensor.IsContiguous)
        {
            file.Read(offset + ((long)first * size), destination);
            return;
        }

        // Copies runs of adjacent elements. In the worst case a run is a single element.
        int last = tensor.Shape.Length - 1;
        bool inner = tensor.Strides[last] == 1;
        int run = inner ? tensor.Shape[last] : 1;
        int dimensions = inner ? last : last + 1;
        (int row, int column) = Math.DivRem(first, run);
        Span<int> index = stackalloc int[TensorShape.MostExtents];
        long position = 0;
        for (int d = dimensions - 1; d >= 0; d--)
        {
            (row, index[d]) = Math.DivRem(row, tensor.Shape[d]);
            position += tensor.Strides[d] * index[d];
        }

        for (int taken; !destination.IsEmpty; destination = destination[taken..], column = 0)
        {
            taken = Math.Min((run - column) * size, destination.Length);
            Take(position + column, destination[..taken]);
            for (int d = dimensions - 1; d >= 0; d--)
            {
                position += tensor.Strides[d];
                if (++index[d] < tensor.Shape[d])
                {
                    break;
                }

                position -= tensor.Strides[d] * index[d];
                index[d] = 0;
            }
        }
    }

    public void Dispose()
    {
        if (span is not null)
        {
            ArrayPool<byte>.Shared.Return(span);
        }
    }

    private void Take(long element, Span<byte> destination)
    {
        if (span is not null)
        {
            span.AsSpan((int)element * size, destination.Length).CopyTo(destination);
        }
        else
        {
            file.Read(offset + (element * size), destination);
        }
    }
}

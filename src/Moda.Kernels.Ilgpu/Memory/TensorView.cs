using ILGPU;

namespace Moda.Kernels.Ilgpu.Memory;

/// <summary>A tensor as kernels see it: positions times channels.</summary>
/// <param name="values">The values from the tensor's first element on.</param>
/// <param name="rowStride">Elements between positions.</param>
internal readonly struct TensorView(ArrayView<float> values, int rowStride)
{
    /// <summary>The values from the tensor's first element on.</summary>
    public readonly ArrayView<float> Values = values;

    /// <summary>Elements between positions.</summary>
    public readonly int RowStride = rowStride;

    /// <summary>A tensor's view.</summary>
    public static TensorView Of(in Tensor tensor)
    {
        ArrayView<float> block = ((IlgpuBlock)tensor.Memory!).Values;
        return new TensorView(block.SubView(tensor.Offset, block.Length - tensor.Offset), tensor.RowStride);
    }

    /// <summary>Reads an element.</summary>
    public float Load(long row, int channel) => Values[(row * RowStride) + channel];

    /// <summary>Writes an element.</summary>
    public void Store(long row, int channel, float value) => Values[(row * RowStride) + channel] = value;
}

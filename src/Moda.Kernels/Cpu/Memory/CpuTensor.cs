namespace Moda.Kernels.Cpu.Memory;

/// <summary>The addresses of a tensor's elements on the CPU.</summary>
internal static unsafe class CpuTensor
{
    /// <summary>The first element.</summary>
    public static float* Pointer(this Tensor tensor) => ((CpuMemory)tensor.Memory!).Pointer + tensor.Offset;

    /// <summary>All elements of a contiguous tensor.</summary>
    public static Span<float> Span(this Tensor tensor) => new(tensor.Pointer(), checked((int)tensor.Shape.ElementCount));

    /// <summary>The channels of one position.</summary>
    public static Span<float> Row(this Tensor tensor, int row) =>
        new(tensor.Pointer() + (long)row * tensor.RowStride, tensor.Channels);
}

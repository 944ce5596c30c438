using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Where a convolution reads, and the extents of what it writes.</summary>
internal unsafe readonly struct ConvolutionMap
{
    public ConvolutionMap(Tensor input, int batch, Extent3 inputExtent, Extent3 outputExtent)
    {
        Input = input.Pointer();
        Stride = input.RowStride;
        Batch = batch;
        InputExtent = inputExtent;
        OutputExtent = outputExtent;
    }

    /// <summary>The first channel of the first position.</summary>
    public float* Input { get; }

    /// <summary>Elements from one position to the next.</summary>
    public int Stride { get; }

    /// <summary>Maps.</summary>
    public int Batch { get; }

    /// <summary>D, H, W of the input.</summary>
    public Extent3 InputExtent { get; }

    /// <summary>D, H, W of the output.</summary>
    public Extent3 OutputExtent { get; }
}

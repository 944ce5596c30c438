using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        long windowElements = (long)window.Depth * window.Height * window.Width * input.Channels;
        loops.For(extents.Rows, extents.Width * windowElements, new AveragePoolKernel
        {
            Operands = new SpatialOperands(input, output),
            Window = window,
        });
    }

    /// <inheritdoc/>
    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, (long)extents.Width * kernel * kernel * input.Channels, new MaxPoolKernel
        {
            Operands = new SpatialOperands(input, output),
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
        });
    }

    /// <inheritdoc/>
    protected internal override void ResizeNearest(Tensor input, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, (long)extents.Width * input.Channels, new ResizeNearestKernel
        {
            Operands = new SpatialOperands(input, output),
        });
    }

    /// <inheritdoc/>
    protected internal override void ResizeBilinear(Tensor input, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, 4L * extents.Width * input.Channels, new ResizeBilinearKernel
        {
            Operands = new SpatialOperands(input, output),
        });
    }

    /// <inheritdoc/>
    protected internal override void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, (long)extents.Width * input.Channels, activation, new ShiftAddKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Extents = extents,
            KernelHeight = height,
            KernelWidth = width,
            Channels = output.Channels,
        });
    }

    /// <inheritdoc/>
    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, 4L * extents.Width * output.Channels, activation, new PixelShuffleKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            InputWidth = input.Shape[2],
            Factor = factor,
            Channels = output.Channels,
        });
    }

    /// <inheritdoc/>
    protected internal override void ChannelsToDepth(Tensor input, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Images * extents.Height, 4L * extents.Width * input.Channels, new ChannelsToDepthKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            OutputExtents = extents,
            Channels = output.Channels,
        });
    }
}

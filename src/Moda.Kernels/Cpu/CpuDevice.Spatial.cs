using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        long windowElements = (long)window.Depth * window.Height * window.Width * input.Channels;
        loops.For(extents.Rows, extents.Width * windowElements, new AveragePoolKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            InputExtents = VolumeExtents.Of(input.Shape),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            OutputExtents = extents,
            Window = window,
            Channels = input.Channels,
        });
    }

    /// <inheritdoc/>
    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, (long)extents.Width * kernel * kernel * input.Channels, new MaxPoolKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            InputExtents = VolumeExtents.Of(input.Shape),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            OutputExtents = extents,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
            Channels = input.Channels,
        });
    }

    /// <inheritdoc/>
    protected internal override void ResizeNearest(Tensor input, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, (long)extents.Width * input.Channels, new ResizeNearestKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            InputExtents = VolumeExtents.Of(input.Shape),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            OutputExtents = extents,
            Channels = input.Channels,
        });
    }

    /// <inheritdoc/>
    protected internal override void ResizeBilinear(Tensor input, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(output.Shape);
        loops.For(extents.Rows, 4L * extents.Width * input.Channels, new ResizeBilinearKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            InputExtents = VolumeExtents.Of(input.Shape),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            OutputExtents = extents,
            Channels = input.Channels,
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

using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output) =>
        loops.For(output.Rows, 8L * input.Channels, new GridSampleKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            InputExtents = VolumeExtents.Of(input.Shape),
            Grid = grid.Pointer(),
            GridStride = grid.RowStride,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Positions = output.Rows / output.Shape[0],
            Channels = input.Channels,
        });

    /// <inheritdoc/>
    void IFusedSparseMotion.SparseMotionFeatures(Tensor feature, Tensor driving, Tensor source, Tensor output)
    {
        VolumeExtents extents = VolumeExtents.Of(feature.Shape);
        if ((long)extents.Width * feature.Channels > SparseMotionKernel.MaximumRowElements)
        {
            throw new NotSupportedException(
                $"The CPU device samples candidate motions of rows of up to {SparseMotionKernel.MaximumRowElements} features, not {feature.Shape}.");
        }

        int candidates = driving.Shape[1] + 1;
        int axisLength = extents.Width + extents.Height + extents.Depth;
        using CpuScratch.Lease table = scratch.Rent((long)extents.Images * candidates * axisLength * sizeof(MotionAxis) / sizeof(float));
        var axes = (MotionAxis*)table.Pointer;
        loops.For(extents.Images * candidates, 16L * axisLength, new MotionAxesKernel
        {
            Driving = driving.Pointer(),
            DrivingStride = driving.RowStride,
            Source = source.Pointer(),
            SourceStride = source.RowStride,
            Candidates = candidates,
            Extents = extents,
            Axes = axes,
        });
        loops.For(extents.Rows, (long)extents.Width * output.Channels, new SparseMotionKernel
        {
            Feature = feature.Pointer(),
            FeatureStride = feature.RowStride,
            Channels = feature.Channels,
            Extents = extents,
            Axes = axes,
            Candidates = candidates,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
        });
    }

    /// <inheritdoc/>
    void IFusedSparseMotion.CombineMotions(Tensor logits, Tensor driving, Tensor source, Tensor deformation)
    {
        if (logits.Channels > CombineMotionsKernel.MaximumCandidates)
        {
            throw new NotSupportedException(
                $"The CPU device combines up to {CombineMotionsKernel.MaximumCandidates} candidate motions, not {logits.Channels}.");
        }

        VolumeExtents extents = VolumeExtents.Of(logits.Shape);
        loops.For(extents.Rows, 4L * extents.Width * logits.Channels, new CombineMotionsKernel
        {
            Logits = logits.Pointer(),
            LogitsStride = logits.RowStride,
            Candidates = logits.Channels,
            Driving = driving.Pointer(),
            DrivingStride = driving.RowStride,
            Source = source.Pointer(),
            SourceStride = source.RowStride,
            Extents = extents,
            Output = deformation.Pointer(),
            OutputStride = deformation.RowStride,
        });
    }

    /// <inheritdoc/>
    void IFusedPasteBack.WarpBlend(
        Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output) =>
        loops.For(output.Shape[0] * output.Shape[1], 16L * output.Shape[2], new WarpBlendKernel
        {
            Images = images.Pointer(),
            ImagesStride = images.RowStride,
            ImageHeight = images.Shape[1],
            ImageWidth = images.Shape[2],
            Mask = mask.Pointer(),
            MaskStride = mask.RowStride,
            Background = background.Pointer(),
            BackgroundStride = background.RowStride,
            ToImage = toImage,
            FirstRow = firstRow,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Height = output.Shape[1],
            Width = output.Shape[2],
        });
}

using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    void IFusedSpadeConvolution.SpadeConvolution(
        Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output, BatchPlan batch)
    {
        using ContextScope scope = context.Enter();
        var modulation = new KernelConvolutionModulation
        {
            Input = input.Address(),
            InputStride = input.RowStride,
            Factor = output.Shape[1] / input.Shape[1],
            Statistics = statistics.Address(),
            StatisticsStride = statistics.RowStride,
        };
        ConvolveByWarpgroups(hidden, (CudaConvolutionWeights)weights, new Epilogue { Activation = activation }, output, batch, modulation);
    }

    private void ConvolveByWarpgroups(
        Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch,
        KernelConvolutionModulation? modulation = null)
    {
        TensorCorePlan plan = weights.Plan!;
        int batchSize = output.Shape[0];
        int multiprocessors = context.Device.MultiprocessorCount;
        Extent3 outputExtent = SpatialExtent(output.Shape);
        Extent3 period = plan.Variants[0].Period;
        var extent = new Extent3(
            outputExtent.Depth, CeilingOf(outputExtent.Height, period.Height), CeilingOf(outputExtent.Width, period.Width));
        long elementSumsBytes = (long)output.Rows / batchSize * plan.Choice.PaddedOutputs * sizeof(float);
        (WarpgroupTile tile, int splits) = modulation is null
            ? kernels.Convolution.WarpgroupTileFor(extent, batch.Scale(batchSize), plan, elementSumsBytes, multiprocessors)
            : (kernels.Convolution.Modulating!, 1);
        KernelConvolutionBoxes boxes = tile.Shape.BoxesFor(extent, batchSize, plan, splits);
        long sumsBytes = batchSize * elementSumsBytes;

        // What this op needs of scratch memory: rows of the input that begin where 16 bytes can be read at once, as the copy engine wants
        // them, and sums of splits.
        bool unfolds = !HasAlignedRows(input, plan.Original);
        int rowStride = unfolds ? plan.UnfoldedGroupStride : input.RowStride;
        long unfoldedBytes = unfolds ? Align((long)input.Rows * rowStride * ActivationType.SizeInBytes()) : 0;
        ulong unfolded = scratch.Rent(unfoldedBytes + (splits > 1 ? splits * sumsBytes : 0));
        ulong partial = splits > 1 ? unfolded + (ulong)unfoldedBytes : 0;
        if (unfolds)
        {
            Unfold(input, plan, unfolded, input.Rows, outputExtent.Width);
        }

        // An activation that takes a function call would spill the sums.
        Activation activation = epilogue.Activation;
        bool activatesLast = splits == 1
            && activation.Kind is not (ActivationKind.None or ActivationKind.Relu or ActivationKind.LeakyRelu);
        KernelConvolutionGeometry geometry = GeometryOf(plan, input.Shape, output.Shape);
        KernelConvolutionEpilogue finish = EpilogueOf(weights, activatesLast ? epilogue with { Activation = Activation.None } : epilogue, output);
        var arguments = new KernelArguments();
        arguments.Add(MapOf(unfolds ? unfolded : input.Address(), rowStride, input.Shape, boxes));
        arguments.AddPointer(weights.Weight, input.Shape).Add(geometry).Add(plan.KernelVariants(rowTiles: 0)).Add(boxes).Add(finish);
        arguments.AddTensor(output);
        arguments.Add(batchSize);
        if (modulation is { } modulated)
        {
            arguments.Add(modulated);
        }
        else
        {
            arguments.AddPointer(partial);
        }

        Launch(tile.Function, WarpgroupTile.Configuration(boxes.Tiles, multiprocessors), in arguments);
        if (splits > 1)
        {
            var sums = new KernelArguments();
            sums.AddPointer(partial).Add(splits).Add(geometry).Add(finish);
            sums.AddTensor(output);
            sums.Add((long)output.Rows);
            LaunchForElements(kernels.Convolution.FinishRows!, sumsBytes / (4 * sizeof(float)), in sums);
        }
        else if (activatesLast)
        {
            Activate(output, activation, output);
        }
    }

    /// <summary>The input as the copy engine sees it: boxes of 64 channels, zero outside.</summary>
    private TensorMap MapOf(ulong address, int rowStride, Shape input, in KernelConvolutionBoxes boxes)
    {
        Extent3 extent = SpatialExtent(input);
        ulong position = (ulong)(rowStride * ActivationType.SizeInBytes());
        ulong line = position * (ulong)extent.Width;
        ulong plane = line * (ulong)extent.Height;
        return TensorMapEncoder.EncodeTiled(
            context,
            new TensorMapLayout
            {
                DataType = TensorMapDataType.Float16,
                Address = address,
                Extents = [(ulong)input.Channels, (ulong)extent.Width, (ulong)extent.Height, (ulong)extent.Depth, (ulong)input[0]],
                Strides = [position, line, plane, plane * (ulong)extent.Depth],
                Swizzle = TensorMapSwizzle.Bytes128,
                L2Promotion = TensorMapL2Promotion.Bytes256,
                Fill = TensorMapFill.Zero,
            },
            [WarpgroupShape.StepChannels, (uint)boxes.Pitch, (uint)boxes.Lines, 1u << boxes.DepthLog, (uint)boxes.BatchStep]);
    }

    private static int CeilingOf(int value, int divisor) => (value + divisor - 1) / divisor;
}

using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void ConvolutionModulate(
        Tensor hidden, ConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output)
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
        ConvolveByWarpgroups(hidden, (CudaConvolutionWeights)weights, new Epilogue { Activation = activation }, output, modulation);
    }

    private void ConvolveByWarpgroups(
        Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, KernelConvolutionModulation? modulation = null)
    {
        TensorCorePlan plan = weights.Plan!;
        int batch = output.Shape[0];
        int multiprocessors = context.Device.MultiprocessorCount;
        Extent3 outputExtent = SpatialExtent(output.Shape);
        Extent3 period = plan.Variants[0].Period;
        var extent = new Extent3(
            outputExtent.Depth, CeilingOf(outputExtent.Height, period.Height), CeilingOf(outputExtent.Width, period.Width));
        WarpgroupTile tile = modulation is null
            ? kernels.Convolution.WarpgroupTileFor(plan.Choice.TileColumns, extent, batch, plan, multiprocessors)
            : kernels.Convolution.Modulating!;
        KernelConvolutionBoxes boxes = tile.BoxesFor(extent, batch, plan);

        // The copy engine wants rows that begin where 16 bytes can be read at once.
        bool unfolds = !HasAlignedRows(input, plan.Original);
        ulong address = input.Address();
        int rowStride = input.RowStride;
        if (unfolds)
        {
            rowStride = plan.UnfoldedGroupStride;
            address = scratch.Rent((long)input.Rows * rowStride * ActivationType.SizeInBytes());
            Unfold(input, plan, address, input.Rows, outputExtent.Width);
        }

        // An activation that takes a function call would spill the sums.
        Activation activation = epilogue.Activation;
        bool activatesLast = activation.Kind is not (ActivationKind.None or ActivationKind.Relu or ActivationKind.LeakyRelu);
        Epilogue own = activatesLast ? epilogue with { Activation = Activation.None } : epilogue;
        var arguments = new KernelArguments();
        arguments.Add(MapOf(address, rowStride, input.Shape, boxes));
        arguments.AddPointer(weights.Weight, input.Shape).Add(GeometryOf(plan, input.Shape, output.Shape));
        arguments.Add(plan.KernelVariants(rowTiles: 0)).Add(boxes).Add(EpilogueOf(weights, own, output));
        arguments.AddTensor(output);
        arguments.Add(batch);
        if (modulation is { } modulated)
        {
            arguments.Add(modulated);
        }

        Launch(tile.Function, tile.Configuration(boxes.Tiles, multiprocessors), in arguments);
        if (activatesLast)
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
            [WarpgroupTile.StepChannels, 1u << boxes.WidthLog, 1u << boxes.HeightLog, 1u << boxes.DepthLog, (uint)boxes.BatchStep]);
    }

    private static int CeilingOf(int value, int divisor) => (value + divisor - 1) / divisor;
}

using System.Runtime.InteropServices;
using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private static KernelConvolutionGeometry GeometryOf(TensorCorePlan plan, Shape input, Shape output)
    {
        Extent3 extent = SpatialExtent(input);
        Extent3 outputExtent = SpatialExtent(output);
        return GeometryOf(plan.Geometry, plan.Choice, plan.UnfoldsLines ? extent with { Width = outputExtent.Width } : extent, outputExtent);
    }

    private void ConvolveOnTensorCores(
        Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        TensorCorePlan plan = weights.Plan!;
        int batchSize = output.Shape[0];
        Extent3 outputExtent = SpatialExtent(output.Shape);
        int columnTiles = plan.Choice.PaddedOutputs / plan.Choice.TileColumns;
        (TensorCoreTile tile, int splits) = kernels.Convolution.TensorCoreTileFor(
            plan, outputExtent, batch.Scale(batchSize), context.Device.MultiprocessorCount);
        int rowTiles = CeilingOf(plan.RowsOfVariant(batchSize, outputExtent), tile.Rows);
        int allRowTiles = checked(rowTiles * plan.Variants.Length);

        // What this op needs of scratch memory: rows of the input that begin where 16 bytes can be read at once, and sums of splits.
        bool unfolds = plan.UnfoldsLines || !HasAlignedRows(input, plan.Original);
        int inputRows = plan.UnfoldsLines ? input.Rows / input.Shape[^2] * output.Shape[^2] : input.Rows;
        int unfoldedStride = plan.Geometry.Groups * plan.UnfoldedGroupStride;
        long unfoldedBytes = unfolds ? Align((long)inputRows * unfoldedStride * ActivationType.SizeInBytes()) : 0;
        long partialRows = (long)allRowTiles * tile.Rows;
        long partialBytes = splits > 1 ? splits * partialRows * plan.Geometry.Groups * plan.Choice.PaddedOutputs * sizeof(float) : 0;
        ulong unfolded = scratch.Rent(unfoldedBytes + partialBytes);
        ulong partial = splits > 1 ? unfolded + (ulong)unfoldedBytes : 0;
        if (unfolds)
        {
            Unfold(input, plan, unfolded, inputRows, output.Shape[^2]);
        }

        KernelConvolutionGeometry geometry = GeometryOf(plan, input.Shape, output.Shape);
        KernelConvolutionVariants variants = plan.KernelVariants(rowTiles);
        KernelConvolutionEpilogue finish = EpilogueOf(weights, epilogue, output);
        var arguments = new KernelArguments();
        arguments.AddPointer(unfolds ? unfolded : input.Address(), input.Shape).Add(unfolds ? unfoldedStride : input.RowStride);
        arguments.Add(unfolds ? plan.UnfoldedGroupStride : plan.GroupInputs);
        arguments.AddPointer(weights.Weight).Add(geometry).Add(variants).Add(finish);
        arguments.AddTensor(output);
        arguments.Add(batchSize).AddPointer(partial).Add(splits);
        Launch(tile.Function, tile.Configuration(allRowTiles, columnTiles, plan.Geometry.Groups * splits), in arguments);
        if (splits == 1)
        {
            return;
        }

        var sums = new KernelArguments();
        sums.AddPointer(partial).Add(splits).Add(tile.Rows).Add(geometry).Add(variants).Add(finish);
        sums.AddTensor(output);
        sums.Add(batchSize).Add(partialRows);
        LaunchForElements(kernels.Convolution.Finish!, partialRows * plan.Geometry.Groups * plan.Choice.PaddedOutputs / 4, in sums);
    }

    /// <summary>Copies the input to rows that begin at 16-byte boundaries, each with what the taps of a line read.</summary>
    private void Unfold(Tensor input, TensorCorePlan plan, ulong unfolded, int rows, int outputWidth)
    {
        ConvolutionGeometry geometry = plan.Original;
        bool lines = plan.UnfoldsLines;
        int chunks = plan.UnfoldedGroupStride * ActivationType.SizeInBytes() / CopyBytes;
        long count = (long)rows * geometry.Groups * chunks;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[^2]).Add(geometry.InputChannels / geometry.Groups).Add(geometry.Groups);
        arguments.Add(lines ? geometry.Kernel.Width : 1).Add(lines ? geometry.Stride.Width : 1).Add(lines ? geometry.Padding.Width : 0);
        arguments.AddPointer(unfolded).Add(lines ? outputWidth : input.Shape[^2]).Add(plan.UnfoldedGroupStride).Add(count);
        LaunchForElements(kernels.Convolution.Unfold!, count, in arguments);
    }

    private CudaConvolutionWeights PackForTensorCores(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, TensorCorePlan plan)
    {
        ConvolutionGeometry geometry = plan.Original;
        int size = ActivationType.SizeInBytes();
        long weightBytes = Align(plan.Variants.Sum(plan.WeightCount) * size);
        var block = (CudaBlock)store.Allocate(weightBytes + (bias.Length * sizeof(float)));
        using ContextScope scope = context.Enter();
        stream.Fill(block.Address, 0, weightBytes);
        int lineTaps = plan.UnfoldsLines ? geometry.Kernel.Width : 1;
        int elements = geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width;
        bool byWarpgroups = plan.Choice.Method == ConvolutionMethod.Warpgroups;
        ulong address = block.Address;
        foreach (ConvolutionVariant variant in plan.Variants)
        {
            int taps = variant.TapCount * lineTaps;
            ParameterValues values = taps == elements ? weight : new MergedTaps(weight, variant);
            var layout = new KernelTileLayout
            {
                OutputsPerGroup = geometry.OutputChannels / geometry.Groups,
                InputsPerGroup = geometry.InputChannels / geometry.Groups,
                Taps = taps,
                LineTaps = lineTaps,
                Columns = plan.Choice.TileColumns,
                ColumnTiles = plan.Choice.PaddedOutputs / plan.Choice.TileColumns,
                ChannelBlocks = plan.Choice.PaddedInputs / (byWarpgroups ? WarpgroupShape.StepChannels : TensorCorePlan.TileDepth),
            };
            CudaFunction pack = byWarpgroups ? kernels.Packing.PackRows! : kernels.Packing.PackTiles!;
            transfers.Upload(values, new PackKernel<KernelTileLayout>(launcher, pack, layout, address));
            address += (ulong)(plan.WeightCount(variant) * size);
        }

        transfers.Upload(MemoryMarshal.AsBytes(bias), block.Address + (ulong)weightBytes);
        return new CudaConvolutionWeights(geometry, plan.Choice, block, bias.IsEmpty ? null : weightBytes, plan);
    }
}

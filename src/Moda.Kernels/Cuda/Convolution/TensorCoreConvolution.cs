using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Convolutions in float16 on the tensor cores of any GPU from 7.5 on: <c>convolution_mma.cu</c>.</summary>
internal sealed class TensorCoreConvolution
{
    /// <summary>Larger tiles of as many columns come first.</summary>
    private readonly TensorCoreTile[] tiles;
    private readonly CudaFunction reduceSplitK;
    private readonly Im2Col im2Col;

    /// <summary>Takes the kernels of the modules.</summary>
    public TensorCoreConvolution(TensorCoreModules modules, Im2Col im2Col)
    {
        this.im2Col = im2Col;
        reduceSplitK = modules.Passes.GetFunction("reduce_split_k_tiles");
        tiles =
        [
            new TensorCoreTile(modules.Mma, 128, 32, modules.Stages),
            new TensorCoreTile(modules.Mma, 256, 64, modules.Stages),
            new TensorCoreTile(modules.Mma, 128, 64, modules.Stages),
            new TensorCoreTile(modules.Mma, 128, 128, modules.Stages),
            new TensorCoreTile(modules.Mma, 128, 160, modules.Stages),
        ];
    }

    /// <summary>Rows and columns of every tile.</summary>
    public IEnumerable<(int Rows, int Columns)> Tiles => tiles.Select(tile => (tile.Rows, tile.Columns));

    /// <summary>The tile that is taken where it fits; null to choose by the number of tiles.</summary>
    public ForcedTile? Forced { get; set; }

    /// <summary>
    /// The kernel, and how many of its blocks share the sums of a tile (split-K). It is the largest tile of which there are enough for all
    /// multiprocessors, or the smallest.
    /// </summary>
    /// <param name="plan">The convolution.</param>
    /// <param name="output">Output positions.</param>
    /// <param name="batch">Batch elements that are planned for.</param>
    /// <param name="multiprocessors">The device's.</param>
    public (TensorCoreTile Tile, int SplitK) TileFor(TensorCorePlan plan, Extent3 output, int batch, int multiprocessors)
    {
        int columns = plan.Choice.TileColumns;
        int rows = plan.RowsOfVariant(batch, output);

        // Each variant, column of tiles and group has a row tile of its own.
        long repetitions = (long)plan.Variants.Length * (plan.Choice.PaddedOutputs / columns) * plan.Geometry.Groups;
        TensorCoreTile? found = null;
        foreach (TensorCoreTile tile in tiles)
        {
            if (tile.Columns != columns)
            {
                continue;
            }

            if (Forced is { } forced && forced.Is(tile.Rows, tile.Columns))
            {
                return (tile, forced.SplitK > 0 ? plan.MostSplitK(forced.SplitK) : SplitKOf(tile));
            }

            if (found is null || rows * repetitions < (long)found.Rows * multiprocessors)
            {
                found = tile;
            }
        }

        return found is not null
            ? (found, SplitKOf(found))
            : throw new NotSupportedException($"There is no kernel for tiles of {columns} output channels.");

        int SplitKOf(TensorCoreTile tile) => plan.SplitKFor(Division.RoundUp(rows, tile.Rows) * repetitions, multiprocessors);
    }

    /// <summary>Carries out a convolution. The context must be entered.</summary>
    public void Convolve(
        CudaQueue queue, Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        TensorCorePlan plan = weights.Plan!;
        int batchSize = output.Shape[0];
        Extent3 outputExtent = Extent3.OfSpatialAxes(output.Shape);
        int groups = plan.Geometry.Groups;
        int paddedOutputs = plan.Choice.PaddedOutputs;
        (TensorCoreTile tile, int splitK) = TileFor(plan, outputExtent, batch.Scale(batchSize), queue.Multiprocessors);
        int rowTiles = Division.RoundUp(plan.RowsOfVariant(batchSize, outputExtent), tile.Rows);
        int allRowTiles = checked(rowTiles * plan.Variants.Length);

        // Scratch memory holds the copy of im2col and the partial sums of split-K.
        bool copies = Im2Col.IsNeeded(input, plan);
        int inputRows = plan.UsesIm2Col ? input.Rows / input.Shape[^2] * output.Shape[^2] : input.Rows;
        int copiedStride = groups * plan.Im2ColGroupStride;
        long copiedBytes = copies ? CudaBlock.AlignLength((long)inputRows * copiedStride * queue.ActivationType.SizeInBytes()) : 0;
        long partialRows = (long)allRowTiles * tile.Rows;
        long partialBytes = splitK > 1 ? splitK * partialRows * groups * paddedOutputs * sizeof(float) : 0;
        ulong copied = queue.Scratch.Rent(copiedBytes + partialBytes);
        ulong partial = splitK > 1 ? copied + (ulong)copiedBytes : 0;
        if (copies)
        {
            im2Col.Copy(queue, input, plan, copied, inputRows, output.Shape[^2]);
        }

        KernelConvolutionGeometry geometry = ConvolutionArguments.Geometry(plan, input.Shape, output.Shape);
        KernelConvolutionVariants variants = plan.KernelVariants(rowTiles);
        KernelConvolutionEpilogue last = ConvolutionArguments.Epilogue(weights, epilogue, output);
        var arguments = new KernelArguments();
        arguments.AddPointer(copies ? copied : input.Address(), input.Shape).Add(copies ? copiedStride : input.RowStride);
        arguments.Add(copies ? plan.Im2ColGroupStride : plan.GroupInputs);
        arguments.AddPointer(weights.Weight).Add(geometry).Add(variants).Add(last);
        arguments.AddTensor(output);
        arguments.Add(batchSize).AddPointer(partial).Add(splitK);
        queue.Launch(tile.Function, tile.Configuration(allRowTiles, paddedOutputs / plan.Choice.TileColumns, groups * splitK), in arguments);
        if (splitK == 1)
        {
            return;
        }

        var sums = new KernelArguments();
        sums.AddPointer(partial).Add(splitK).Add(tile.Rows).Add(geometry).Add(variants).Add(last);
        sums.AddTensor(output);
        sums.Add(batchSize).Add(partialRows);
        queue.LaunchForElements(reduceSplitK, partialRows * groups * paddedOutputs / 4, in sums);
    }
}

using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>
/// Convolutions in float16 on the tensor cores of compute capability 9.0, by products of warpgroups: <c>convolution_wgmma.cuh</c>. One of
/// its kernels also modulates (SPADE) by the outputs, which are then stored nowhere.
/// </summary>
internal sealed class WarpgroupConvolution
{
    /// <summary>Output channels of the tile that modulates: gammas and betas.</summary>
    private const int ModulatingColumns = 128;

    /// <summary>Output channels of the narrowest tiles.</summary>
    private const int NarrowestColumns = 32;

    private readonly WarpgroupTile[] tiles;
    private readonly WarpgroupTile modulating;
    private readonly CudaFunction reduceSplitK;
    private readonly Im2Col im2Col;
    private readonly ElementwiseKernels elementwise;

    /// <summary>Takes the kernels of the modules.</summary>
    /// <param name="modules">Those with products of warpgroups.</param>
    /// <param name="passes"><c>convolution_passes.cu</c>.</param>
    /// <param name="im2Col">Copies inputs that are not aligned.</param>
    /// <param name="elementwise">Applies activations that would spill the sums.</param>
    public WarpgroupConvolution(WarpgroupModules modules, CudaModule passes, Im2Col im2Col, ElementwiseKernels elementwise)
    {
        this.im2Col = im2Col;
        this.elementwise = elementwise;
        reduceSplitK = passes.GetFunction("reduce_split_k_rows");
        tiles =
        [
            .. WarpgroupStepTimes.All.Select(time => new WarpgroupTile(
                modules.OfColumns(time.Columns).GetFunction($"convolution_wgmma_{time.Rows / 128}x{time.Columns}"),
                new WarpgroupShape(time.Rows, time.Columns),
                time.Microseconds)),
        ];
        modulating = new WarpgroupTile(
            modules.Modulating.GetFunction("convolution_modulate"),
            new WarpgroupShape(256, ModulatingColumns, KeepsBatchElementsApart: true),
            WarpgroupStepTimes.Modulating);
    }

    /// <summary>Rows and columns of every tile.</summary>
    public IEnumerable<(int Rows, int Columns)> Tiles => tiles.Select(tile => (tile.Shape.Rows, tile.Shape.Columns));

    /// <summary>The tile that is taken where it fits; null to choose by time.</summary>
    public ForcedTile? Forced { get; set; }

    /// <summary>Bytes of the partial sums of one batch element.</summary>
    public static long ElementSumsBytes(TensorCorePlan plan, Shape output) => (long)output.Rows / output[0] * plan.Choice.PaddedOutputs * sizeof(float);

    /// <summary>Whether the kernel that modulates can take a convolution whose outputs are gammas, then betas.</summary>
    public static bool CanModulate(ConvolutionGeometry geometry, ConvolutionChoice choice) =>
        choice.Method == ConvolutionMethod.Warpgroups
        && choice.TileColumns == ModulatingColumns
        && geometry.OutputChannels / 2 % CudaConvolutionWeights.ModulationBlock == 0
        && geometry.Upsample == 1
        && geometry.InputChannels % TensorCorePlan.ChannelAlignment == 0;

    /// <summary>The kernel that is done soonest, and how many of its blocks share the sums of a tile (split-K).</summary>
    /// <param name="extent">Output positions of the variant with the most.</param>
    /// <param name="batch">Batch elements that are planned for.</param>
    /// <param name="plan">The convolution.</param>
    /// <param name="elementSumsBytes">Bytes of the partial sums of one batch element.</param>
    /// <param name="multiprocessors">The device's.</param>
    public (WarpgroupTile Tile, int SplitK) TileFor(
        Extent3 extent, int batch, TensorCorePlan plan, long elementSumsBytes, int multiprocessors)
    {
        int columns = plan.Choice.TileColumns;
        WarpgroupTile? found = null;
        int foundSplitK = 1;
        double shortest = double.PositiveInfinity;
        ForcedTile? forced = Forced is { } wanted && HasTile(wanted, columns) ? wanted : null;
        foreach (WarpgroupTile tile in tiles)
        {
            if (Serves(tile, columns) && forced?.Is(tile.Shape.Rows, tile.Shape.Columns) != false)
            {
                KernelConvolutionBoxes boxes = tile.Shape.BoxesFor(extent, batch, plan, splitK: 1);
                long tileCount = boxes.Tiles;
                int most = plan.HasOneOutputPerSum ? WarpgroupShape.BoxesOfSum(boxes, plan) : 1;
                if (forced is { SplitK: > 0 and int splitAs })
                {
                    Consider(tile, Math.Min(splitAs, most), tileCount);
                    continue;
                }

                Consider(tile, 1, tileCount);
                int splitK = Math.Min(plan.SplitKFor(tileCount, multiprocessors), most);
                if (splitK > 1)
                {
                    Consider(tile, splitK, tileCount);
                }
            }
        }

        return (found ?? throw new NotSupportedException($"There is no kernel for weights packed by {columns} output channels."), foundSplitK);

        void Consider(WarpgroupTile tile, int splitK, long tileCount)
        {
            long waves = ((tileCount * splitK) + multiprocessors - 1) / multiprocessors;
            double steps = (double)plan.Steps * TensorCorePlan.TileDepth / WarpgroupShape.StepChannels / splitK;
            double reduction = splitK > 1
                ? WarpgroupStepTimes.SplitKReduction + (2 * splitK * batch * elementSumsBytes / WarpgroupStepTimes.PartialSumSpeed)
                : 0;
            double time = (waves * steps * tile.StepTime) + reduction;
            if (time < shortest)
            {
                (found, foundSplitK, shortest) = (tile, splitK, time);
            }
        }
    }

    // A packed tile may serve two tiles of a kernel, but the narrowest read too much of the input for what they multiply.
    private static bool Serves(WarpgroupTile tile, int columns) =>
        tile.Shape.Columns == columns || (columns % tile.Shape.Columns == 0 && tile.Shape.Columns > NarrowestColumns);

    private bool HasTile(ForcedTile wanted, int columns)
    {
        foreach (WarpgroupTile tile in tiles)
        {
            if (Serves(tile, columns) && wanted.Is(tile.Shape.Rows, tile.Shape.Columns))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Carries out a convolution. The context must be entered.</summary>
    public void Convolve(
        CudaQueue queue, Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        Convolve(queue, input, weights, epilogue, output, batch, modulation: null);

    /// <summary>Carries out a convolution and modulates by its outputs. The context must be entered.</summary>
    public void ConvolveAndModulate(
        CudaQueue queue, Tensor hidden, CudaConvolutionWeights weights, Tensor input, Tensor statistics, Activation activation, Tensor output,
        BatchPlan batch)
    {
        var modulation = new KernelConvolutionModulation
        {
            Input = input.Address(),
            InputStride = input.RowStride,
            Factor = output.Shape[1] / input.Shape[1],
            Statistics = statistics.Address(),
            StatisticsStride = statistics.RowStride,
        };
        Convolve(queue, hidden, weights, new Epilogue { Activation = activation }, output, batch, modulation);
    }

    private void Convolve(
        CudaQueue queue, Tensor input, CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch,
        KernelConvolutionModulation? modulation)
    {
        TensorCorePlan plan = weights.Plan!;
        int batchSize = output.Shape[0];
        Extent3 outputExtent = Extent3.OfSpatialAxes(output.Shape);
        Extent3 extent = plan.ExtentOfVariant(outputExtent);
        long elementSumsBytes = ElementSumsBytes(plan, output.Shape);
        (WarpgroupTile tile, int splitK) = modulation is null
            ? TileFor(extent, batch.Scale(batchSize), plan, elementSumsBytes, queue.Multiprocessors)
            : (modulating, 1);
        KernelConvolutionBoxes boxes = tile.Shape.BoxesFor(extent, batchSize, plan, splitK);
        long sumsBytes = batchSize * elementSumsBytes;

        // Scratch memory holds a copy of the input, aligned as the copy engine wants it, and the partial sums of split-K.
        bool copies = Im2Col.IsNeeded(input, plan);
        int rowStride = copies ? plan.Im2ColGroupStride : input.RowStride;
        long copiedBytes = copies ? CudaBlock.AlignLength((long)input.Rows * rowStride * queue.ActivationType.SizeInBytes()) : 0;
        ulong copied = queue.Scratch.Rent(copiedBytes + (splitK > 1 ? splitK * sumsBytes : 0));
        ulong partial = splitK > 1 ? copied + (ulong)copiedBytes : 0;
        if (copies)
        {
            im2Col.Copy(queue, input, plan, copied, input.Rows, outputExtent.Width);
        }

        // An activation that takes a function call would spill the sums out of their registers.
        Activation activation = epilogue.Activation;
        bool activatesLast = splitK == 1
            && activation.Kind is not (ActivationKind.None or ActivationKind.Relu or ActivationKind.LeakyRelu);
        KernelConvolutionGeometry geometry = ConvolutionArguments.Geometry(plan, input.Shape, output.Shape);
        KernelConvolutionEpilogue last = ConvolutionArguments.Epilogue(
            weights, activatesLast ? epilogue with { Activation = Activation.None } : epilogue, output);
        var arguments = new KernelArguments();
        arguments.Add(MapOf(queue, copies ? copied : input.Address(), rowStride, input.Shape, boxes));
        arguments.AddPointer(weights.Weight, input.Shape).Add(geometry).Add(plan.KernelVariants(rowTiles: 0)).Add(boxes).Add(last);
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

        queue.Launch(tile.Function, WarpgroupTile.Configuration(boxes.Tiles, queue.Multiprocessors), in arguments);
        if (splitK > 1)
        {
            var sums = new KernelArguments();
            sums.AddPointer(partial).Add(splitK).Add(geometry).Add(last);
            sums.AddTensor(output);
            sums.Add((long)output.Rows);
            queue.LaunchForElements(reduceSplitK, sumsBytes / (4 * sizeof(float)), in sums);
        }
        else if (activatesLast)
        {
            elementwise.Activate(queue, output, activation, output);
        }
    }

    /// <summary>The input as the copy engine sees it: boxes of 64 channels, zeros outside.</summary>
    private static TensorMap MapOf(CudaQueue queue, ulong address, int rowStride, Shape input, in KernelConvolutionBoxes boxes)
    {
        Extent3 extent = Extent3.OfSpatialAxes(input);
        ulong position = (ulong)(rowStride * queue.ActivationType.SizeInBytes());
        ulong line = position * (ulong)extent.Width;
        ulong plane = line * (ulong)extent.Height;
        return TensorMapEncoder.EncodeTiled(
            queue.Context,
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
}

using System.Runtime.InteropServices;
using Moda.Kernels.Convolution;
using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Brings a convolution's weights to the device in the order that its kernel reads them: <c>packing.cu</c>.</summary>
/// <param name="module"><c>packing.cu</c>.</param>
/// <param name="half">Whether activations are float16.</param>
internal sealed class WeightPacking(CudaModule module, bool half)
{
    private readonly CudaFunction packSingleWeights = module.GetFunction("pack_single_weights");
    private readonly CudaFunction? packTiles = half ? module.GetFunction("pack_tiles") : null;
    private readonly CudaFunction? packRows = half ? module.GetFunction("pack_rows") : null;

    /// <summary>Packs float32 weights for <c>convolution_simt.cu</c>.</summary>
    public CudaConvolutionWeights PackSingles(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry,
        ConvolutionChoice choice)
    {
        int taps = geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width;
        long elements = (long)geometry.Groups * taps * choice.PaddedInputs * choice.PaddedOutputs;
        using var target = new Target(queue, store, elements * sizeof(float), bias);
        KernelWeightLayout layout = LayoutOf(geometry, choice, taps);
        queue.Transfers.Upload(weight, new PackKernel<KernelWeightLayout>(queue, packSingleWeights, layout, target.Block.Address));
        long? biasOffset = target.UploadBias(bias);
        return new CudaConvolutionWeights(geometry, choice, target.Block, biasOffset);
    }

    /// <summary>Packs float16 tiles for <c>convolution_mma.cu</c> or <c>convolution_wgmma.cuh</c>, variant after variant.</summary>
    public CudaConvolutionWeights PackTiles(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, TensorCorePlan plan)
    {
        ConvolutionGeometry geometry = plan.Original;
        int size = queue.ActivationType.SizeInBytes();
        using var target = new Target(queue, store, plan.Variants.Sum(plan.WeightCount) * size, bias);
        int lineTaps = plan.UsesIm2Col ? geometry.Kernel.Width : 1;
        int elements = geometry.Kernel.Depth * geometry.Kernel.Height * geometry.Kernel.Width;
        bool byWarpgroups = plan.Choice.Method == ConvolutionMethod.Warpgroups;
        ulong address = target.Block.Address;
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
            CudaFunction pack = byWarpgroups ? packRows! : packTiles!;
            queue.Transfers.Upload(values, new PackKernel<KernelTileLayout>(queue, pack, layout, address));
            address += (ulong)(plan.WeightCount(variant) * size);
        }

        long? biasOffset = target.UploadBias(bias);
        return new CudaConvolutionWeights(geometry, plan.Choice, target.Block, biasOffset, plan);
    }

    /// <summary>
    /// As <see cref="PackTiles"/>, of a convolution whose outputs are gammas, then betas. Blocks of gammas and betas take turns, so that one
    /// lane has both of a channel.
    /// </summary>
    public CudaConvolutionWeights PackModulation(
        CudaQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, TensorCorePlan plan)
    {
        const int Block = CudaConvolutionWeights.ModulationBlock;
        var ordered = new InterleavedHalves(weight, weight.Count / plan.Original.OutputChannels * Block);
        var orderedBias = new InterleavedHalves(bias.ToArray(), Block);
        return PackTiles(queue, store, ordered, orderedBias.ToArray(), plan);
    }

    /// <summary>[group][tap][padded input][padded output], but [tap][channel] for a depthwise convolution.</summary>
    private static KernelWeightLayout LayoutOf(ConvolutionGeometry geometry, ConvolutionChoice choice, int taps)
    {
        bool isDepthwise = choice.Method == ConvolutionMethod.Depthwise;
        long tapStep = isDepthwise ? geometry.Groups : (long)choice.PaddedInputs * choice.PaddedOutputs;
        return new KernelWeightLayout
        {
            OutputsPerGroup = geometry.OutputChannels / geometry.Groups,
            InputsPerGroup = geometry.InputChannels / geometry.Groups,
            Taps = taps,
            OutputStep = 1,
            GroupStep = isDepthwise ? 1 : taps * tapStep,
            TapStep = tapStep,
            InputStep = choice.PaddedOutputs,
        };
    }

    /// <summary>A block for weights, which are zero at first, and behind them the bias in float32. The context is entered while it lives.</summary>
    private readonly ref struct Target
    {
        private readonly CudaQueue queue;
        private readonly long weightBytes;
        private readonly ContextScope scope;

        public Target(CudaQueue queue, ParameterStore store, long weightBytes, ReadOnlySpan<float> bias)
        {
            this.queue = queue;
            this.weightBytes = CudaBlock.AlignLength(weightBytes);
            Block = (CudaBlock)store.Allocate(this.weightBytes + (bias.Length * sizeof(float)));
            scope = queue.Enter();
            queue.Stream.Fill(Block.Address, 0, this.weightBytes);
        }

        public CudaBlock Block { get; }

        /// <summary>Uploads the bias.</summary>
        /// <returns>Where it lies in the block; null where there is none.</returns>
        public long? UploadBias(ReadOnlySpan<float> bias)
        {
            queue.Transfers.Upload(MemoryMarshal.AsBytes(bias), Block.Address + (ulong)weightBytes);
            return bias.IsEmpty ? null : weightBytes;
        }

        public void Dispose() => scope.Dispose();
    }

    private readonly struct PackKernel<TLayout>(CudaQueue queue, CudaFunction kernel, TLayout layout, ulong packed) : IPieceKernel
        where TLayout : unmanaged
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddPointer(values).Add(layout).AddPointer(packed).Add(first).Add((long)count);
            queue.LaunchForElements(kernel, count, in arguments);
        }
    }
}

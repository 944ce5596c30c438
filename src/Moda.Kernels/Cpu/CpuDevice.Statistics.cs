using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics)
    {
        var blocks = new PositionBlocks(input);
        using CpuScratch.Lease partial = scratch.Rent(2L * blocks.Images * blocks.Blocks * input.Channels);
        ReduceBlocks(input, blocks, centered: true, partial.Pointer);
        loops.For(blocks.Images, 2L * blocks.Blocks * input.Channels, new MergeStatisticsKernel
        {
            Blocks = blocks,
            Partial = partial.Pointer,
            Channels = input.Channels,
            Epsilon = epsilon,
            Statistics = statistics.Pointer(),
            StatisticsStride = statistics.RowStride,
        });
    }

    /// <inheritdoc/>
    protected internal override void GlobalAveragePool(Tensor input, Tensor output)
    {
        var blocks = new PositionBlocks(input);
        using CpuScratch.Lease partial = scratch.Rent(2L * blocks.Images * blocks.Blocks * input.Channels);
        ReduceBlocks(input, blocks, centered: true, partial.Pointer);
        loops.For(blocks.Images, 2L * blocks.Blocks * input.Channels, new MergeMeansKernel
        {
            Blocks = blocks,
            Partial = partial.Pointer,
            Channels = input.Channels,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
        });
    }

    /// <inheritdoc/>
    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output)
    {
        var blocks = new PositionBlocks(input);
        long partialElements = 2L * blocks.Images * blocks.Blocks * input.Channels;
        using CpuScratch.Lease partial = scratch.Rent(partialElements + (long)blocks.Images * input.Channels);
        float* factors = partial.Pointer + partialElements;
        ReduceBlocks(input, blocks, centered: false, partial.Pointer);
        loops.For(blocks.Images, (long)blocks.Blocks * input.Channels, new ResponseFactorKernel
        {
            Blocks = blocks,
            Partial = partial.Pointer,
            Channels = input.Channels,
            Gamma = gamma.Pointer(),
            Factors = factors,
        });
        loops.For(input.Rows, input.Channels, new ScaleResponseKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Factors = factors,
            Beta = beta.Pointer(),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Positions = blocks.Positions,
            Channels = input.Channels,
        });
    }

    /// <inheritdoc/>
    void IFusedSpade.SpadeModulate(
        Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output)
    {
        int height = gammaBeta.Shape[1];
        loops.For(gammaBeta.Shape[0] * height, 2L * gammaBeta.Shape[2] * input.Channels, activation, new SpadeModulateKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Statistics = statistics.Pointer(),
            StatisticsStride = statistics.RowStride,
            GammaBeta = gammaBeta.Pointer(),
            GammaBetaStride = gammaBeta.RowStride,
            HasBeta = gammaBeta.Channels > input.Channels,
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Height = height,
            InputWidth = input.Shape[2],
            Upsample = height / input.Shape[1],
            Channels = input.Channels,
        });
    }

    private void ReduceBlocks(Tensor input, PositionBlocks blocks, bool centered, float* partial) =>
        loops.For(blocks.Images * blocks.Blocks, (long)blocks.BlockPositions * input.Channels, new BlockStatisticsKernel
        {
            Blocks = blocks,
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Channels = input.Channels,
            Centered = centered,
            Partial = partial,
        });
}

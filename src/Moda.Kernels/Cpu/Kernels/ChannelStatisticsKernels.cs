using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// How sums over positions are split into blocks. The size of a block follows from the shape, so the order of additions is the same
/// for any number of threads.
/// </summary>
internal readonly record struct PositionBlocks
{
    /// <summary>Splits the positions of [N, ..., C].</summary>
    public PositionBlocks(Tensor input)
    {
        Images = input.Shape[0];
        Positions = input.Rows / Images;
        BlockPositions = Math.Max(64, (Positions + 255) / 256);
        Blocks = (Positions + BlockPositions - 1) / BlockPositions;
    }

    /// <summary>N.</summary>
    public int Images { get; }

    /// <summary>Positions of one image.</summary>
    public int Positions { get; }

    /// <summary>Positions of a block; the last may have fewer.</summary>
    public int BlockPositions { get; }

    /// <summary>Blocks of one image.</summary>
    public int Blocks { get; }

    /// <summary>Positions of one block of an image.</summary>
    public int PositionsOf(int block) => Math.Min(BlockPositions, Positions - block * BlockPositions);
}

/// <summary>
/// The first half of a reduction over positions: for each block, each channel's mean and sum of squared differences from it
/// (two passes over a block), or its plain sum of squares. The item is a block.
/// </summary>
internal unsafe struct BlockStatisticsKernel : IVectorKernel
{
    public required PositionBlocks Blocks;
    public required float* Input;
    public required int InputStride;
    public required int Channels;

    /// <summary>Whether to square the differences from the block's mean. Otherwise the values themselves are squared, and no mean is written.</summary>
    public required bool Centered;

    /// <summary>[N, blocks, 2, C]: means, then sums of squares.</summary>
    public required float* Partial;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int item = start; item < end; item++)
        {
            int image = item / Blocks.Blocks;
            int block = item % Blocks.Blocks;
            int positions = Blocks.PositionsOf(block);
            float* input = Input + ((long)image * Blocks.Positions + (long)block * Blocks.BlockPositions) * InputStride;
            float* means = Partial + (long)item * 2 * Channels;
            int c = 0;
            for (; c <= Channels - 4 * TVector.Count; c += 4 * TVector.Count)
            {
                Reduce4<TVector>(input + c, positions, means + c);
            }

            for (; c < Channels; c += TVector.Count)
            {
                Reduce<TVector>(input + c, positions, means + c, Math.Min(Channels - c, TVector.Count));
            }
        }
    }

    private readonly void Reduce4<TVector>(float* input, int positions, float* means)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        int count = TVector.Count;
        TVector zero = TVector.Broadcast(0);
        TVector mean0 = zero, mean1 = zero, mean2 = zero, mean3 = zero;
        if (Centered)
        {
            float* row = input;
            for (int p = 0; p < positions; p++, row += InputStride)
            {
                mean0 += TVector.Load(row);
                mean1 += TVector.Load(row + count);
                mean2 += TVector.Load(row + 2 * count);
                mean3 += TVector.Load(row + 3 * count);
            }

            TVector divisor = TVector.Broadcast(positions);
            mean0 /= divisor;
            mean1 /= divisor;
            mean2 /= divisor;
            mean3 /= divisor;
            TVector.Store(mean0, means);
            TVector.Store(mean1, means + count);
            TVector.Store(mean2, means + 2 * count);
            TVector.Store(mean3, means + 3 * count);
        }

        TVector squares0 = zero, squares1 = zero, squares2 = zero, squares3 = zero;
        for (int p = 0; p < positions; p++, input += InputStride)
        {
            TVector difference = TVector.Load(input) - mean0;
            squares0 = TVector.MultiplyAdd(difference, difference, squares0);
            difference = TVector.Load(input + count) - mean1;
            squares1 = TVector.MultiplyAdd(difference, difference, squares1);
            difference = TVector.Load(input + 2 * count) - mean2;
            squares2 = TVector.MultiplyAdd(difference, difference, squares2);
            difference = TVector.Load(input + 3 * count) - mean3;
            squares3 = TVector.MultiplyAdd(difference, difference, squares3);
        }

        float* squares = means + Channels;
        TVector.Store(squares0, squares);
        TVector.Store(squares1, squares + count);
        TVector.Store(squares2, squares + 2 * count);
        TVector.Store(squares3, squares + 3 * count);
    }

    private readonly void Reduce<TVector>(float* input, int positions, float* means, int channels)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector mean = TVector.Broadcast(0);
        if (Centered)
        {
            float* row = input;
            for (int p = 0; p < positions; p++, row += InputStride)
            {
                mean += ChannelVector.Load<TVector>(row, channels);
            }

            mean /= TVector.Broadcast(positions);
            ChannelVector.Store(mean, means, channels);
        }

        TVector squares = TVector.Broadcast(0);
        for (int p = 0; p < positions; p++, input += InputStride)
        {
            TVector difference = ChannelVector.Load<TVector>(input, channels) - mean;
            squares = TVector.MultiplyAdd(difference, difference, squares);
        }

        ChannelVector.Store(squares, means + Channels, channels);
    }
}

/// <summary>
/// The second half of <see cref="Device.InstanceStatistics"/>: the blocks' means and squares merged
/// (Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances). The item is an image.
/// </summary>
internal unsafe struct MergeStatisticsKernel : IVectorKernel
{
    public required PositionBlocks Blocks;
    public required float* Partial;
    public required int Channels;
    public required float Epsilon;
    public required float* Statistics;
    public required int StatisticsStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int image = start; image < end; image++)
        {
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                Merge<TVector>(image, c, Math.Min(Channels - c, TVector.Count));
            }
        }
    }

    private readonly void Merge<TVector>(int image, int firstChannel, int channels)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* partial = Partial + (long)image * Blocks.Blocks * 2 * Channels + firstChannel;
        TVector mean = TVector.Broadcast(0);
        for (int block = 0; block < Blocks.Blocks; block++)
        {
            TVector weight = TVector.Broadcast((float)Blocks.PositionsOf(block) / Blocks.Positions);
            mean = TVector.MultiplyAdd(weight, ChannelVector.Load<TVector>(partial + (long)block * 2 * Channels, channels), mean);
        }

        TVector squares = TVector.Broadcast(0);
        for (int block = 0; block < Blocks.Blocks; block++)
        {
            float* means = partial + (long)block * 2 * Channels;
            TVector difference = ChannelVector.Load<TVector>(means, channels) - mean;
            squares += ChannelVector.Load<TVector>(means + Channels, channels);
            squares = TVector.MultiplyAdd(difference * difference, TVector.Broadcast(Blocks.PositionsOf(block)), squares);
        }

        TVector variance = squares / TVector.Broadcast(Blocks.Positions) + TVector.Broadcast(Epsilon);
        float* statistics = Statistics + (long)image * 2 * StatisticsStride + firstChannel;
        ChannelVector.Store(mean, statistics, channels);
        ChannelVector.Store(TVector.Broadcast(1) / TVector.Sqrt(variance), statistics + StatisticsStride, channels);
    }
}

/// <summary>
/// The second step of <see cref="Device.GlobalResponseNorm"/>: from the blocks' sums of squares to the factor of each channel,
/// <c>1 + gamma g / (mean of g + 1e-6)</c>. The item is an image.
/// </summary>
internal unsafe struct ResponseFactorKernel : IVectorKernel
{
    private const float Epsilon = 1e-6f;

    public required PositionBlocks Blocks;
    public required float* Partial;
    public required int Channels;
    public required float* Gamma;

    /// <summary>[N, C].</summary>
    public required float* Factors;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int image = start; image < end; image++)
        {
            float* factors = Factors + (long)image * Channels;
            float* partial = Partial + (long)image * Blocks.Blocks * 2 * Channels + Channels;
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                int channels = Math.Min(Channels - c, TVector.Count);
                TVector squares = TVector.Broadcast(0);
                for (int block = 0; block < Blocks.Blocks; block++)
                {
                    squares += ChannelVector.Load<TVector>(partial + (long)block * 2 * Channels + c, channels);
                }

                ChannelVector.Store(TVector.Sqrt(squares), factors + c, channels);
            }

            float mean = RowReductions.Sum<TVector>(factors, Channels, 0) / Channels;
            TVector scale = TVector.Broadcast(1 / (mean + Epsilon));
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                int channels = Math.Min(Channels - c, TVector.Count);
                TVector response = ChannelVector.Load<TVector>(factors + c, channels) * scale;
                TVector factor = TVector.MultiplyAdd(ChannelVector.Load<TVector>(Gamma + c, channels), response, TVector.Broadcast(1));
                ChannelVector.Store(factor, factors + c, channels);
            }
        }
    }
}

/// <summary>The last step of <see cref="Device.GlobalResponseNorm"/>, <c>x factor + beta</c>. The item is a position.</summary>
internal unsafe struct ScaleResponseKernel : IVectorKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Factors;
    public required float* Beta;
    public required float* Output;
    public required int OutputStride;
    public required int Positions;
    public required int Channels;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            float* input = Input + (long)row * InputStride;
            float* output = Output + (long)row * OutputStride;
            float* factors = Factors + (long)(row / Positions) * Channels;
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                int channels = Math.Min(Channels - c, TVector.Count);
                TVector y = TVector.MultiplyAdd(
                    ChannelVector.Load<TVector>(input + c, channels),
                    ChannelVector.Load<TVector>(factors + c, channels),
                    ChannelVector.Load<TVector>(Beta + c, channels));
                ChannelVector.Store(y, output + c, channels);
            }
        }
    }
}

/// <summary>The second half of <see cref="Device.GlobalAveragePool"/>: the blocks' means merged. The item is an image.</summary>
internal unsafe struct MergeMeansKernel : IVectorKernel
{
    public required PositionBlocks Blocks;
    public required float* Partial;
    public required int Channels;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int image = start; image < end; image++)
        {
            float* partial = Partial + (long)image * Blocks.Blocks * 2 * Channels;
            for (int c = 0; c < Channels; c += TVector.Count)
            {
                int channels = Math.Min(Channels - c, TVector.Count);
                TVector mean = TVector.Broadcast(0);
                for (int block = 0; block < Blocks.Blocks; block++)
                {
                    TVector weight = TVector.Broadcast((float)Blocks.PositionsOf(block) / Blocks.Positions);
                    mean = TVector.MultiplyAdd(weight, ChannelVector.Load<TVector>(partial + (long)block * 2 * Channels + c, channels), mean);
                }

                ChannelVector.Store(mean, Output + (long)image * OutputStride + c, channels);
            }
        }
    }
}

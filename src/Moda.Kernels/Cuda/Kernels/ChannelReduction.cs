using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>How kernels that reduce each channel over positions are spread: a block takes 32 channels, one column of threads for each.</summary>
internal static class ChannelReduction
{
    private const int Channels = 32;
    private const int Rows = 8;
    private const int RowsForAllPositions = 32;

    /// <summary>Blocks of 8 rows of threads, for each 32 channels of each batch element.</summary>
    public static LaunchConfiguration For(int channels, int batch) =>
        new(new LaunchExtents(Division.RoundUp(channels, Channels), batch), new LaunchExtents(Channels, Rows));

    /// <summary>As <see cref="For"/>, with 32 rows of threads: one block goes over all positions of its channels.</summary>
    public static LaunchConfiguration ForAllPositions(int channels, int batch) =>
        For(channels, batch) with { Block = new LaunchExtents(Channels, RowsForAllPositions) };
}

using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>spade.cu</c>.</summary>
internal sealed class SpadeKernels(CudaModule module)
{
    private const int GroupsOfBlock = 32;
    private const int StatisticsThreads = 256;

    public readonly WideKernel PartialMoments = new(module, "partial_moments");
    public readonly CudaFunction CombineMoments = module.GetFunction("combine_moments");
    public readonly WideKernel Modulate = new(module, "spade_modulate");

    /// <summary>Blocks of <see cref="PartialMoments"/>.</summary>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="ranges">Ranges of positions.</param>
    /// <param name="batch">Batch elements.</param>
    public static LaunchConfiguration ForMoments(int groups, int ranges, int batch) => new(
        new LaunchExtents((groups + GroupsOfBlock - 1) / GroupsOfBlock, ranges, batch), new LaunchExtents(StatisticsThreads));
}

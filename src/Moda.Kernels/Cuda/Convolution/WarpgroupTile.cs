using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>A kernel of <c>convolution_wgmma.cuh</c>.</summary>
internal sealed class WarpgroupTile
{
    private const int Threads = 384;

    /// <summary>Takes the kernel and allows it the shared memory that it needs.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="shape">The outputs of its tile.</param>
    /// <param name="stepTime">How long a step takes, in microseconds.</param>
    public WarpgroupTile(CudaFunction function, WarpgroupShape shape, double stepTime)
    {
        Function = function;
        Shape = shape;
        StepTime = stepTime;
        Function.AllowDynamicSharedMemory(WarpgroupShape.SharedBytes);
    }

    /// <summary>The kernel.</summary>
    public CudaFunction Function { get; }

    /// <summary>The outputs of its tile.</summary>
    public WarpgroupShape Shape { get; }

    /// <summary>How long a step of the sum takes, in microseconds.</summary>
    public double StepTime { get; }

    /// <summary>A launch: blocks stay on their multiprocessors and take tile after tile.</summary>
    public static LaunchConfiguration Configuration(long tiles, int multiprocessors) =>
        new(new LaunchExtents((int)Math.Min(tiles, multiprocessors)), new LaunchExtents(Threads), WarpgroupShape.SharedBytes);
}

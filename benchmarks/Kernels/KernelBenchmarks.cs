using BenchmarkDotNet.Attributes;
using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>Every kernel of the networks on the chosen device.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks : IDisposable
{
    // A launch is queued in far less time than most kernels take: in a row they run without gaps.
    private const int Launches = 16;

    private KernelRun run = null!;

    /// <summary>The kernels that are timed.</summary>
    public static IEnumerable<INetworkKernel> Kernels => NetworkKernels.Containing(BenchmarkChoice.Filter);

    /// <summary>The kernel that is timed.</summary>
    [ParamsSource(nameof(Kernels))]
    public INetworkKernel Kernel { get; set; } = null!;

    /// <summary>Puts the operands on the device.</summary>
    [GlobalSetup]
    public void Setup() => run = new KernelRun(BenchmarkChoice.Device, Kernel);

    /// <summary>Launches it.</summary>
    [Benchmark(OperationsPerInvoke = Launches)]
    public void Launch() => run.Run(Launches);

    /// <summary>Gives the operands back.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        run.Dispose();
        GC.SuppressFinalize(this);
    }
}

using BenchmarkDotNet.Attributes;
using Moda.Benchmarks.Cases;
using Moda.Kernels.Cpu;

namespace Moda.Benchmarks.Cpu;

/// <summary>Every op of the networks that is not matrix work, on the CPU device.</summary>
[MemoryDiagnoser]
public class NetworkOpBenchmarks : IDisposable
{
    private CpuDevice device = null!;
    private NetworkOpRun run = null!;

    /// <summary>The ops.</summary>
    public static IEnumerable<NetworkOp> Ops => NetworkOps.All;

    /// <summary>The op that is timed.</summary>
    [ParamsSource(nameof(Ops))]
    public NetworkOp Op { get; set; } = null!;

    /// <summary>Puts the inputs on the device.</summary>
    [GlobalSetup]
    public void Setup()
    {
        device = new CpuDevice();
        run = new NetworkOpRun(device, Op);
    }

    /// <summary>Carries the op out once.</summary>
    [Benchmark]
    public void Carry() => run.Invoke();

    /// <summary>Gives everything back.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        run.Dispose();
        device.Dispose();
        GC.SuppressFinalize(this);
    }
}

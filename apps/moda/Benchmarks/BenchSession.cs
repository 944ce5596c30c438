using Moda.Kernels;
using Moda.Kernels.Cuda;

namespace Moda.Cli.Benchmarks;

/// <summary>One run of a benchmark: its timer, its table and what it has measured so far.</summary>
/// <param name="device">The device; the caller disposes it after the session.</param>
/// <param name="table">Where lines are printed as they come.</param>
internal sealed class BenchSession(Device device, TextWriter table) : IDisposable
{
    private readonly List<BenchResult> results = [];
    private GpuState? state;

    /// <summary>The device.</summary>
    public Device Device => device;

    /// <summary>Where lines are printed as they come.</summary>
    public TextWriter Table => table;

    /// <summary>Times runs.</summary>
    public RunTimer Timer { get; } = new(device);

    /// <summary>Keeps a result. The first also shows the GPU's clocks, while its work is repeated.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="run">Queues the work that was measured.</param>
    public void Add(BenchResult result, Action run)
    {
        results.Add(result);
        state ??= device is not CudaDevice gpu ? GpuState.Unknown : GpuState.Read(gpu, () =>
        {
            run();
            device.Synchronize();
        });
    }

    /// <summary>The report of all results.</summary>
    /// <param name="benchmark">Which benchmark it is.</param>
    public BenchReport Report(string benchmark) => BenchOutput.Report(benchmark, device, Timer, state ?? GpuState.Unknown, results);

    /// <inheritdoc/>
    public void Dispose() => Timer.Dispose();
}

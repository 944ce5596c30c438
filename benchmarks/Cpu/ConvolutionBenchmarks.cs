using BenchmarkDotNet.Attributes;
using Moda.Kernels.Cpu;
using Moda.Benchmarks.Cases;

namespace Moda.Benchmarks.Cpu;

/// <summary>Every convolution and linear layer of the networks on the CPU device.</summary>
[MemoryDiagnoser]
public class ConvolutionBenchmarks : IDisposable
{
    private CpuDevice device = null!;
    private ConvolutionRun run = null!;

    /// <summary>Only layers whose name contains it are timed.</summary>
    internal static string LayerFilter { get; set; } = "";

    /// <summary>The layers.</summary>
    public static IEnumerable<NetworkConvolution> Layers =>
        NetworkConvolutions.All.Where(layer => layer.ToString().Contains(LayerFilter, StringComparison.Ordinal));

    /// <summary>The layer that is timed.</summary>
    [ParamsSource(nameof(Layers))]
    public NetworkConvolution Layer { get; set; } = null!;

    /// <summary>Puts the operands on the device.</summary>
    [GlobalSetup]
    public void Setup()
    {
        device = new CpuDevice();
        run = new ConvolutionRun(device, Layer.Case);
    }

    /// <summary>Carries the layer out once.</summary>
    [Benchmark]
    public void Convolution() => run.Invoke();

    /// <summary>Gives everything back.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        run.Dispose();
        device.Dispose();
        GC.SuppressFinalize(this);
    }
}

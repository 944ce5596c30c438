using BenchmarkDotNet.Attributes;
using Moda.Cli.Benchmarks;

namespace Moda.Benchmarks.Networks;

/// <summary>Every network on the chosen device, with synthetic weights.</summary>
[MemoryDiagnoser]
public class NetworkBenchmarks : IDisposable
{
    private NetworkRun run = null!;

    /// <summary>The networks that are timed.</summary>
    public static IEnumerable<NetworkWork> Networks => NetworkWork.Containing(BenchmarkChoice.Filter);

    /// <summary>The network that is timed.</summary>
    [ParamsSource(nameof(Networks))]
    public NetworkWork Network { get; set; } = null!;

    /// <summary>Plans the forward, and runs it as often as the device wants to be able to replay it.</summary>
    [GlobalSetup]
    public void Setup()
    {
        run = Network.Start(BenchmarkChoice.Device);
        run.Run();
        run.Run();
        Network.Count(run);
    }

    /// <summary>Runs it.</summary>
    [Benchmark]
    public void Forward()
    {
        run.Run();
        BenchmarkChoice.Device.Synchronize();
    }

    /// <summary>Gives the network back.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        run.Dispose();
        GC.SuppressFinalize(this);
    }
}

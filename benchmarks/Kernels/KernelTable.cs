using System.Globalization;
using Moda.Benchmarks.Ceilings;
using Moda.Cli.Benchmarks;
using Moda.Kernels;
using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>Times every kernel of the networks in a few minutes: the median, its spread, its rates, and what a forward sums up to.</summary>
internal static class KernelTable
{
    private const int Measurements = 5;
    private const double SecondsPerMeasurement = 0.05;

    /// <summary>Measures each kernel and prints its line.</summary>
    /// <param name="session">Times, prints and keeps the results.</param>
    /// <param name="kernels">The kernels; at least one.</param>
    /// <param name="ceilings">What the device can do.</param>
    public static void Run(BenchSession session, IReadOnlyList<INetworkKernel> kernels, DeviceCeilings ceilings)
    {
        session.Table.WriteLine($"{session.Device.Name}: {ceilings}");
        session.Table.WriteLine($"{"network",-13} {"kernel",-62} {"times",5} {"GFLOP",8} {"MB",8} {"ms",9} {"spread",6} {"TFLOP/s",8} {"GB/s",8} {"ceiling",7}  tile");
        foreach (IGrouping<string, INetworkKernel> network in kernels.GroupBy(kernel => kernel.Network))
        {
            var total = default(Work);
            foreach (INetworkKernel kernel in network)
            {
                using var run = new KernelRun(session.Device, kernel);
                Measured measured = session.Timer.Measure(run.Invoke, session.Timer.Time(run.Invoke, 1), SecondsPerMeasurement, Measurements);
                session.Add(BenchResult.Of(kernel.ToString()!, run.Tile, measured, kernel.FloatingPointOperations), run.Invoke);
                Work one = new(kernel.FloatingPointOperations, kernel.Elements * session.Device.ActivationType.SizeInBytes(), measured.Median);
                total = total.Plus(one, kernel.Count);
                Write(session.Table, kernel.Network, kernel.Name, kernel.Count, one, ceilings, measured.Spread, run.Tile);
            }

            Write(session.Table, network.Key, "all", 1, total, ceilings, spread: null, tile: null);
        }
    }

    private static void Write(
        TextWriter table, string network, string kernel, int count, Work work, DeviceCeilings ceilings, double? spread, string? tile) => table.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{network,-13} {kernel,-62} {count,5} {work.Operations / 1e9,8:F3} {work.Bytes / 1e6,8:F2} {work.Seconds * 1e3,9:F3} {spread,6:P0} "
        + $"{work.Operations / work.Seconds / 1e12,8:F3} {work.Bytes / work.Seconds / 1e9,8:F1} {ceilings.ShareOf(work.Operations, work.Bytes, work.Seconds),7:P0}  {tile}"));

    private readonly record struct Work(double Operations, double Bytes, double Seconds)
    {
        public Work Plus(Work other, int count) =>
            new(Operations + count * other.Operations, Bytes + count * other.Bytes, Seconds + count * other.Seconds);
    }
}

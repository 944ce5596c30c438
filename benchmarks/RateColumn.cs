using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Moda.Benchmarks.Ceilings;
using Moda.Benchmarks.Kernels;
using Moda.Benchmarks.Networks;
using Moda.Kernels;
using Moda.Testing.Cases;

namespace Moda.Benchmarks;

/// <summary>A rate, from the median time of a kernel or network and the work that it declares.</summary>
internal sealed class RateColumn(string name, string legend, string format, Func<double, double, double, double?> rate) : IColumn
{
    public string Id => $"{nameof(RateColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    /// <summary>Operations and bytes per second, and the share of what the device can do of either.</summary>
    public static RateColumn[] All(DeviceCeilings ceilings) =>
    [
        new("TFLOP/s", "Operations of the definition per second", "F3", (operations, _, seconds) => operations > 0 ? operations / seconds / 1e12 : null),
        new("GB/s", "Bytes per second, where each is read and written once", "F1", (_, bytes, seconds) => bytes / seconds / 1e9),
        new("Ceiling", $"Share of the nearer ceiling, measured in this run: {ceilings}", "P0", (operations, bytes, seconds) => ceilings.ShareOf(operations, bytes, seconds)),
    ];

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        summary[benchmarkCase]?.ResultStatistics?.Median is { } nanoseconds
        && WorkOf(benchmarkCase) is (double operations, double bytes)
        && rate(operations, bytes, nanoseconds * 1e-9) is { } value
            ? value.ToString(format, CultureInfo.InvariantCulture)
            : "-";

    private static (double Operations, double Bytes)? WorkOf(BenchmarkCase benchmarkCase)
    {
        if (benchmarkCase.Parameters[nameof(KernelBenchmarks.Kernel)] is INetworkKernel kernel)
        {
            return (kernel.FloatingPointOperations, kernel.Elements * BenchmarkChoice.Device.ActivationType.SizeInBytes());
        }

        return benchmarkCase.Parameters[nameof(NetworkBenchmarks.Network)] is NetworkWork network
            ? (network.FloatingPointOperations, network.Bytes)
            : null;
    }
}

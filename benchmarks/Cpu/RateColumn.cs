using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Moda.Benchmarks.Cases;

namespace Moda.Benchmarks.Cpu;

/// <summary>Floating-point operations per second of the definition, absolute or as a share of what the cores can do.</summary>
internal sealed class RateColumn(string name, string legend, double unit, string format) : IColumn
{
    public string Id => $"{nameof(RateColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    /// <summary>Billions of operations per second.</summary>
    public static RateColumn Gigaflops() => new("GFLOP/s", "Operations of the definition per second, in billions", 1, "F1");

    /// <summary>The share of a peak, in billions of operations per second.</summary>
    public static RateColumn ShareOf(double peak) =>
        new("Peak", string.Create(CultureInfo.InvariantCulture, $"Share of the {peak:F0} GFLOP/s of multiply-adds in registers, measured in this run"), peak, "P0");

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Median;
        return nanoseconds is { } time && benchmarkCase.Parameters[nameof(ConvolutionBenchmarks.Layer)] is NetworkConvolution layer
            ? (layer.Case.FloatingPointOperations / time / unit).ToString(format, CultureInfo.InvariantCulture)
            : "-";
    }
}

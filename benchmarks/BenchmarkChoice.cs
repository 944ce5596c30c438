using Moda.Kernels;

namespace Moda.Benchmarks;

/// <summary>What is timed, and where. BenchmarkDotNet creates the benchmarks itself, in this process, so that they find it here.</summary>
internal static class BenchmarkChoice
{
    /// <summary>The device; whoever sets it disposes it.</summary>
    public static Device Device { get; set; } = null!;

    /// <summary>Only what contains this text is timed.</summary>
    public static string Filter { get; set; } = "";
}

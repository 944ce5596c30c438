using System.Diagnostics;
using System.Globalization;
using Moda.Benchmarks.Cases;
using Moda.Kernels.Cpu;

namespace Moda.Benchmarks.Cpu;

/// <summary>Times every op that is not matrix work: the median, the best, and the rate of the best.</summary>
internal static class QuickOpTable
{
    private static readonly TimeSpan TimeForEach = TimeSpan.FromSeconds(0.5);

    /// <summary>Prints the table.</summary>
    /// <param name="filter">Only ops whose name contains it.</param>
    /// <param name="threadCount">Threads of the device; 0 for all.</param>
    public static void Print(string filter, int threadCount)
    {
        using var device = new CpuDevice(threadCount);
        Console.WriteLine(device.Name);
        Console.WriteLine($"{"op",-70} {"times",5} {"ms",9} {"best ms",9} {"rate",14}");
        foreach (NetworkOp op in NetworkOps.All.Where(op => op.ToString().Contains(filter, StringComparison.Ordinal)))
        {
            using var run = new NetworkOpRun(device, op);
            double[] seconds = Time(run);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{op,-70} {op.Count,5} {seconds[seconds.Length / 2] * 1e3,9:F3} {seconds[0] * 1e3,9:F3} {Rate(op, seconds[0]),14}"));
        }
    }

    private static string Rate(NetworkOp op, double seconds) => op.FloatingPointOperations > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{op.FloatingPointOperations / seconds / 1e9:F1} GFLOP/s")
        : string.Create(CultureInfo.InvariantCulture, $"{op.Bytes / seconds / 1e9:F1} GB/s");

    private static double[] Time(NetworkOpRun run)
    {
        run.Invoke();
        run.Invoke();
        List<double> seconds = [];
        long begin = Stopwatch.GetTimestamp();
        while (seconds.Count < 5 || Stopwatch.GetElapsedTime(begin) < TimeForEach)
        {
            long start = Stopwatch.GetTimestamp();
            run.Invoke();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return [.. seconds.Order()];
    }
}

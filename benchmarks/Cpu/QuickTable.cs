using System.Diagnostics;
using System.Globalization;
using Moda.Kernels.Cpu;
using Moda.Benchmarks.Cases;

namespace Moda.Benchmarks.Cpu;

/// <summary>Times every layer of the networks, three times each, in a few minutes: the median, its rate, and what a forward sums up to.</summary>
internal static class QuickTable
{
    /// <summary>Prints the table.</summary>
    /// <param name="filter">Only cases whose name contains it.</param>
    /// <param name="threadCount">Threads of the device; 0 for all.</param>
    public static void Print(string filter, int threadCount)
    {
        using var device = new CpuDevice(threadCount);
        double peak = MultiplyAddPeak.Measure(device.ThreadCount);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{device.Name}: {peak:F0} GFLOP/s of multiply-adds in registers"));
        Console.WriteLine($"{"network",-20} {"layer",-32} {"times",5} {"GFLOP",8} {"ms",9} {"GFLOP/s",8} {"peak",6}");
        foreach (IGrouping<string, NetworkConvolution> network in NetworkConvolutions.All.Where(layer => layer.ToString().Contains(filter, StringComparison.Ordinal)).GroupBy(layer => layer.Network))
        {
            double total = 0;
            double work = 0;
            foreach (NetworkConvolution layer in network)
            {
                double seconds = Median(device, layer.Case);
                total += layer.Count * seconds;
                work += layer.Count * layer.Case.FloatingPointOperations;
                Console.WriteLine(Row(layer.Network, layer.Layer, layer.Count, layer.Case.FloatingPointOperations, seconds, peak));
            }

            Console.WriteLine(Row(network.Key, "all", 1, work, total, peak));
        }
    }

    private static string Row(string network, string layer, int count, double operations, double seconds, double peak) => string.Create(
        CultureInfo.InvariantCulture,
        $"{network,-20} {layer,-32} {count,5} {operations / 1e9,8:F3} {seconds * 1e3,9:F3} {operations / seconds / 1e9,8:F1} {operations / seconds / 1e9 / peak,6:P0}");

    private static double Median(CpuDevice device, ConvolutionCase convolution)
    {
        using var run = new ConvolutionRun(device, convolution);
        Time(run, 1);
        int repetitions = (int)Math.Clamp(0.05 / Time(run, 1), 1, 1000);
        double[] times = [Time(run, repetitions), Time(run, repetitions), Time(run, repetitions)];
        Array.Sort(times);
        return times[1];
    }

    private static double Time(ConvolutionRun run, int repetitions)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repetitions; i++)
        {
            run.Invoke();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repetitions;
    }
}

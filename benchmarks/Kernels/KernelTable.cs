using System.Diagnostics;
using System.Globalization;
using Moda.Benchmarks.Ceilings;
using Moda.Kernels;
using Moda.Testing.Cases;

namespace Moda.Benchmarks.Kernels;

/// <summary>Times every kernel of the networks in a few minutes: the median of three, its rates, and what a forward sums up to.</summary>
internal static class KernelTable
{
    private const double SecondsPerMeasurement = 0.05;

    /// <summary>Prints the table.</summary>
    /// <param name="device">The device.</param>
    /// <param name="filter">Only kernels whose network and name contain it.</param>
    public static void Print(Device device, string filter)
    {
        DeviceCeilings ceilings = DeviceCeilings.Measure(device);
        Console.WriteLine($"{device.Name}: {ceilings}");
        Console.WriteLine($"{"network",-13} {"kernel",-62} {"times",5} {"GFLOP",8} {"MB",8} {"ms",9} {"TFLOP/s",8} {"GB/s",8} {"ceiling",7}");
        foreach (IGrouping<string, INetworkKernel> network in NetworkKernels.Containing(filter).GroupBy(kernel => kernel.Network))
        {
            var total = default(Work);
            foreach (INetworkKernel kernel in network)
            {
                Work one = new(
                    kernel.FloatingPointOperations, kernel.Elements * device.ActivationType.SizeInBytes(), Median(device, kernel));
                total = total.Plus(one, kernel.Count);
                Write(kernel.Network, kernel.Name, kernel.Count, one, ceilings);
            }

            Write(network.Key, "all", 1, total, ceilings);
        }
    }

    private static void Write(string network, string kernel, int count, Work work, DeviceCeilings ceilings) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{network,-13} {kernel,-62} {count,5} {work.Operations / 1e9,8:F3} {work.Bytes / 1e6,8:F2} {work.Seconds * 1e3,9:F3} "
        + $"{work.Operations / work.Seconds / 1e12,8:F3} {work.Bytes / work.Seconds / 1e9,8:F1} {ceilings.ShareOf(work.Operations, work.Bytes, work.Seconds),7:P0}"));

    private static double Median(Device device, INetworkKernel kernel)
    {
        using var run = new KernelRun(device, kernel);
        int repetitions = (int)Math.Clamp(SecondsPerMeasurement / Time(run, 1), 1, 1000);
        double[] times = [Time(run, repetitions), Time(run, repetitions), Time(run, repetitions)];
        Array.Sort(times);
        return times[1];
    }

    private static double Time(KernelRun run, int repetitions)
    {
        long start = Stopwatch.GetTimestamp();
        run.Run(repetitions);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repetitions;
    }

    private readonly record struct Work(double Operations, double Bytes, double Seconds)
    {
        public Work Plus(Work other, int count) =>
            new(Operations + count * other.Operations, Bytes + count * other.Bytes, Seconds + count * other.Seconds);
    }
}

using System.Diagnostics;
using System.Globalization;
using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Weights;
using Moda.Weights.Sets;

namespace Moda.Cli.Benchmarks;

/// <summary>
/// Times whole networks, and shows where their time goes. The first two runs stand apart: kernels are loaded
/// and algorithms chosen in the first, and a device that records forwards does so in the second.
/// </summary>
internal static class NetworkTable
{
    private const int ProfileRows = 12;
    private const double SecondsPerMeasurement = 0.1;

    /// <summary>Prints the median of the runs of each network.</summary>
    /// <param name="device">The device.</param>
    /// <param name="folder">A folder of weights; both presets' synthetic weights when null.</param>
    /// <param name="filter">Only networks whose preset or folder and name contain it.</param>
    /// <param name="withProfile">Whether the ops that take longest are listed below each network.</param>
    /// <param name="cancellationToken">Looked at before each network.</param>
    public static void Print(Device device, string? folder, string filter, bool withProfile, CancellationToken cancellationToken)
    {
        Console.WriteLine(device.Name);
        Console.WriteLine($"{"network",-28} {"parameters",11} {"first ms",9} {"second ms",9} {"ms",9} {"spread",7} {"GFLOP",8} {"GFLOP/s",9}");
        if (folder is not null)
        {
            using WeightSet weights = WeightSet.Open(folder);
            PrintSet(device, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), weights, filter, withProfile, cancellationToken);
            return;
        }

        foreach (WeightPreset preset in Enum.GetValues<WeightPreset>())
        {
            using WeightSet weights = WeightSet.Synthetic(preset);
            PrintSet(device, preset.Name(), weights, filter, withProfile, cancellationToken);
        }
    }

    private static void PrintSet(
        Device device, string setName, WeightSet weights, string filter, bool withProfile, CancellationToken cancellationToken)
    {
        foreach ((string network, Func<Device, WeightSet, NetworkRun> create) in NetworkRun.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = $"{setName} {network}";
            if (!name.Contains(filter, StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                using NetworkRun run = create(device, weights);
                Print(device, name, run, withProfile);
            }
            catch (KeyNotFoundException missing)
            {
                Console.WriteLine($"{name,-28} {missing.Message}");
            }
        }
    }

    private static void Print(Device device, string name, NetworkRun run, bool withProfile)
    {
        double first = Time(device, run, 1);
        double second = Time(device, run, 1);
        int repetitions = (int)Math.Clamp(SecondsPerMeasurement / second, 1, 1000);
        double[] seconds = [.. Enumerable.Range(0, repetitions > 1 ? 9 : 3).Select(_ => Time(device, run, repetitions)).Order()];
        double median = seconds[seconds.Length / 2];
        IReadOnlyList<OpTiming> profile = run.Profile();
        double operations = 2e-9 * profile.Sum(timing => timing.MultiplyAdds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-28} {ByteSize.Format(run.ParameterBytes),11} {first * 1e3,9:F1} {second * 1e3,9:F1} {median * 1e3,9:F3} {(seconds[^1] - seconds[0]) / median,7:P1} {operations,8:F1} {operations / median,9:F1}"));
        if (!withProfile)
        {
            return;
        }

        IEnumerable<IGrouping<(string Op, Shape Output), OpTiming>> groups = profile
            .GroupBy(timing => (timing.Op, timing.Output))
            .OrderByDescending(group => group.Sum(timing => timing.Elapsed.TotalSeconds))
            .Take(ProfileRows);
        foreach (IGrouping<(string Op, Shape Output), OpTiming> group in groups)
        {
            double time = group.Sum(timing => timing.Elapsed.TotalSeconds);
            double work = 2e-9 * group.Sum(timing => timing.MultiplyAdds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"    {time * 1e3,8:F3} ms {work / time,8:F1} GFLOP/s {group.Count(),4} x {group.Key.Op} -> {group.Key.Output}"));
        }
    }

    private static double Time(Device device, NetworkRun run, int repetitions)
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repetitions; i++)
        {
            run.Run();
        }

        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repetitions;
    }
}

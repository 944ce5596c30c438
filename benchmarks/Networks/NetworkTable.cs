using System.Diagnostics;
using System.Globalization;
using Moda.Kernels;
using Moda.Weights;

namespace Moda.Benchmarks.Networks;

/// <summary>Times whole networks in both presets, and shows where their time goes.</summary>
internal static class NetworkTable
{
    private const int ProfileRows = 12;

    /// <summary>Prints the median of three runs of each network.</summary>
    /// <param name="device">The device.</param>
    /// <param name="filter">Only networks whose preset and name contain it.</param>
    /// <param name="withProfile">Whether the ops that take longest are listed below each network.</param>
    public static void Print(Device device, string filter, bool withProfile)
    {
        Console.WriteLine(device.Name);
        Console.WriteLine($"{"network",-24} {"ms",9} {"GFLOP",8} {"GFLOP/s",8}");
        foreach (WeightPreset preset in Enum.GetValues<WeightPreset>())
        {
            foreach ((string network, Func<Device, WeightPreset, NetworkRun> create) in NetworkRun.All)
            {
                string name = $"{preset.Name()} {network}";
                if (name.Contains(filter, StringComparison.Ordinal))
                {
                    using NetworkRun run = create(device, preset);
                    Print(name, run, withProfile);
                }
            }
        }
    }

    private static void Print(string name, NetworkRun run, bool withProfile)
    {
        run.Run();
        double[] seconds = [Time(run), Time(run), Time(run)];
        Array.Sort(seconds);
        IReadOnlyList<OpTiming> profile = run.Profile();
        double operations = 2e-9 * profile.Sum(timing => timing.MultiplyAdds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {seconds[1] * 1e3,9:F1} {operations,8:F1} {operations / seconds[1],8:F1}"));
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
                $"    {time * 1e3,8:F1} ms {work / time,8:F1} GFLOP/s {group.Count(),4} x {group.Key.Op} -> {group.Key.Output}"));
        }
    }

    private static double Time(NetworkRun run)
    {
        long start = Stopwatch.GetTimestamp();
        run.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

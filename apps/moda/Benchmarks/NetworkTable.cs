using System.Globalization;
using Moda.Cli.Configuration;
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
    private const int Measurements = 9;
    private const double SecondsPerMeasurement = 0.1;

    /// <summary>Measures each network and prints its line.</summary>
    /// <param name="session">Times, prints and keeps the results.</param>
    /// <param name="folder">A folder of weights; both presets' synthetic weights when null.</param>
    /// <param name="filter">Only networks whose preset or folder and name contain it, in capitals or not.</param>
    /// <param name="withProfile">Whether the ops that take longest are listed below each network.</param>
    /// <param name="cancellationToken">Looked at before each network.</param>
    /// <exception cref="ConfigurationException">No network's name contains the filter.</exception>
    public static void Run(BenchSession session, string? folder, string filter, bool withProfile, CancellationToken cancellationToken)
    {
        string[] sets = folder is not null
            ? [Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))]
            : [.. Enum.GetValues<WeightPreset>().Select(preset => preset.Name())];
        if (!sets.Any(set => NetworkRun.All.Keys.Any(network => Name(set, network).Contains(filter, StringComparison.OrdinalIgnoreCase))))
        {
            throw new ConfigurationException(
                $"No network's name contains '{filter}'. Names are {string.Join(" or ", sets)}, then one of: {string.Join(", ", NetworkRun.All.Keys)}.");
        }

        session.Table.WriteLine(session.Device.Name);
        session.Table.WriteLine($"{"network",-28} {"parameters",11} {"first ms",9} {"second ms",9} {"ms",9} {"spread",7} {"GFLOP",8} {"GFLOP/s",9}");
        if (folder is not null)
        {
            using WeightSet weights = WeightSet.Open(folder);
            RunSet(session, sets[0], weights, filter, withProfile, cancellationToken);
            return;
        }

        foreach (WeightPreset preset in Enum.GetValues<WeightPreset>())
        {
            using WeightSet weights = WeightSet.Synthetic(preset);
            RunSet(session, preset.Name(), weights, filter, withProfile, cancellationToken);
        }
    }

    private static void RunSet(
        BenchSession session, string setName, WeightSet weights, string filter, bool withProfile, CancellationToken cancellationToken)
    {
        foreach ((string network, Func<Device, WeightSet, NetworkRun> create) in NetworkRun.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = Name(setName, network);
            if (!name.Contains(filter, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            try
            {
                using NetworkRun run = create(session.Device, weights);
                Run(session, name, run, withProfile);
            }
            catch (KeyNotFoundException missing)
            {
                session.Table.WriteLine($"{name,-28} {missing.Message}");
            }
        }
    }

    private static string Name(string set, string network) => $"{set} {network}";

    private static void Run(BenchSession session, string name, NetworkRun run, bool withProfile)
    {
        double first = session.Timer.Time(run.Run, 1);
        double second = session.Timer.Time(run.Run, 1);
        Measured measured = session.Timer.Measure(run.Run, second, SecondsPerMeasurement, Measurements);
        IReadOnlyList<OpTiming> profile = run.Profile();
        double operations = 2 * profile.Sum(timing => (double)timing.MultiplyAdds);
        session.Add(BenchResult.Of(name, tile: null, measured, operations), run.Run);
        session.Table.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-28} {ByteSize.Format(run.ParameterBytes),11} {first * 1e3,9:F1} {second * 1e3,9:F1} {measured.Median * 1e3,9:F3} {measured.Spread,7:P1} {operations / 1e9,8:F1} {operations / 1e9 / measured.Median,9:F1}"));
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
            session.Table.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"    {time * 1e3,8:F3} ms {work / time,8:F1} GFLOP/s {group.Count(),4} x {group.Key.Op} -> {group.Key.Output}"));
        }
    }
}

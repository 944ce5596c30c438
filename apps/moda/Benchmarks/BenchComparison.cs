using System.Globalization;

namespace Moda.Cli.Benchmarks;

/// <summary>Two reports of one benchmark beside each other.</summary>
/// <param name="Before">The earlier one.</param>
/// <param name="After">The later one.</param>
internal sealed record BenchComparison(BenchReport Before, BenchReport After)
{
    private const int NameWidth = 76;

    /// <summary>Everything that both have, in the later one's order, with its change as a share of the earlier time.</summary>
    public IReadOnlyList<(BenchResult Before, BenchResult After, double Change)> Changes { get; } =
    [
        .. from after in After.Results
           join before in Before.Results on after.Name equals before.Name
           select (before, after, (after.Median / before.Median) - 1),
    ];

    /// <summary>Whether anything became slower by more than a share.</summary>
    /// <param name="limit">0.05 for 5 %.</param>
    public bool IsSlower(double limit) => Changes.Any(entry => entry.Change > limit);

    /// <summary>Prints both times and the change of each, and what only one of the reports has.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="limit">The change beyond which a line is marked; null for none.</param>
    public void Write(TextWriter writer, double? limit)
    {
        writer.WriteLine($"before: {Describe(Before)}");
        writer.WriteLine($"after:  {Describe(After)}");
        writer.WriteLine($"{"",-NameWidth} {"before",9} {"after",9} {"change",8} {"spreads",12}");
        foreach ((BenchResult before, BenchResult after, double change) in Changes)
        {
            string mark = change > limit ? "  SLOWER" : "";
            string tiles = before.Tile == after.Tile ? "" : $"  {before.Tile} -> {after.Tile}";
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{after.Name,-NameWidth} {before.Median,9:F3} {after.Median,9:F3} {change,8:+0.0%;-0.0%;0.0%} {before.Spread,5:P0} {after.Spread,6:P0}{tiles}{mark}"));
        }

        WriteMissing("only before", Before, After);
        WriteMissing("only after", After, Before);

        void WriteMissing(string title, BenchReport has, BenchReport lacks)
        {
            foreach (string name in has.Results.Select(result => result.Name).Except(lacks.Results.Select(result => result.Name)))
            {
                writer.WriteLine($"{name,-NameWidth} {title}");
            }
        }
    }

    private static string Describe(BenchReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Commit ?? "unknown commit"}, {report.Device.Name}, driver {report.Device.Driver ?? "none"}, {report.Device.MultiprocessorClock?.ToString(CultureInfo.InvariantCulture) ?? "?"} MHz, {report.Timer}");
}

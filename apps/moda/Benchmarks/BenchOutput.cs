using System.CommandLine;
using System.Globalization;
using System.Reflection;
using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Kernels.Cuda;
using Moda.Kernels.Cuda.Convolution;

namespace Moda.Cli.Benchmarks;

/// <summary>
/// The options by which benchmarks print JSON, compare with an earlier report and force a tile, and what they do. <c>moda bench</c> and
/// <c>benchmarks quick</c> share them.
/// </summary>
internal sealed class BenchOutput
{
    private readonly Option<bool> json = Json();
    private readonly Option<FileInfo?> compare = new("--compare") { Description = "Compare with this report, which --json has printed.", HelpName = "OLD.json" };

    private readonly Option<double?> failAbove = new("--fail-above")
    {
        Description = "With --compare: exit code 1 when anything became slower by more than this, as 5%.",
        HelpName = "P%",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double percent) && percent is >= 0 and < 1000)
            {
                return percent / 100;
            }

            result.AddError($"'{text}' is no share; 5% is.");
            return null;
        },
    };

    private readonly Option<ForcedTile?> forceTile = new("--force-tile")
    {
        Description = "The tile of all convolutions on a GPU that have one: rows x columns, and into how many parts a sum is split, as 256x128 or 128x64/4.",
        HelpName = "TILE",
        CustomParser = result =>
        {
            if (ForcedTile.TryParse(result.Tokens.Single().Value, out ForcedTile? tile))
            {
                return tile;
            }

            result.AddError($"'{result.Tokens.Single().Value}' is no tile; 256x128 and 128x64/4 are.");
            return null;
        },
    };

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All => [json, compare, failAbove, forceTile];

    /// <summary>The option that prints JSON.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document instead of the table." };

    /// <summary>Whether JSON is printed instead of the table.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>Reads what a report is compared with, before anything is timed, and forces the tile.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="benchmark">Which benchmark it is.</param>
    /// <param name="device">The device.</param>
    /// <returns>The earlier report; null for none.</returns>
    /// <exception cref="ConfigurationException">It is no report of this benchmark, an option lacks another, or the tile is none.</exception>
    public BenchReport? Prepare(ParseResult parsed, string benchmark, Device device)
    {
        if (parsed.GetValue(forceTile) is { } tile)
        {
            Force(tile, device as CudaDevice ?? throw new ConfigurationException("--force-tile is for convolutions on a GPU."));
        }

        if (parsed.GetValue(compare) is not { } file)
        {
            return parsed.GetValue(failAbove) is null ? null : throw new ConfigurationException("--fail-above needs --compare: what to compare with.");
        }

        var before = BenchReport.Load(file.FullName);
        return before.Benchmark == benchmark
            ? before
            : throw new ConfigurationException($"'{file}' is a report of '{before.Benchmark}'; it cannot be compared with '{benchmark}'.");
    }

    /// <summary>Prints JSON and comparison.</summary>
    /// <returns>The exit code.</returns>
    public int Finish(ParseResult parsed, BenchReport report, BenchReport? before)
    {
        if (IsJson(parsed))
        {
            using Stream output = Console.OpenStandardOutput();
            report.Write(output);
            Console.Out.WriteLine();
        }

        if (before is null)
        {
            return ExitCode.Success;
        }

        double? limit = parsed.GetValue(failAbove);
        var comparison = new BenchComparison(before, report);
        comparison.Write(IsJson(parsed) ? Console.Error : Console.Out, limit);
        return limit is { } share && comparison.IsSlower(share) ? ExitCode.Failure : ExitCode.Success;
    }

    /// <summary>Puts a report together.</summary>
    /// <param name="benchmark">Which benchmark it is.</param>
    /// <param name="device">What it ran on.</param>
    /// <param name="timer">What measured.</param>
    /// <param name="state">A GPU's driver and clocks.</param>
    /// <param name="results">What was measured.</param>
    public static BenchReport Report(string benchmark, Device device, RunTimer timer, GpuState state, IReadOnlyList<BenchResult> results) => new(
        BenchReport.CurrentSchema,
        benchmark,
        Commit(),
        new BenchDevice(
            device.Name,
            device.ActivationType == ElementType.Float16 ? "f16" : "f32",
            state.Driver,
            state.MultiprocessorClock,
            state.MemoryClock),
        timer.Source,
        results);

    private static void Force(ForcedTile tile, CudaDevice gpu)
    {
        try
        {
            gpu.ForceTile(tile);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(exception.Message);
        }
    }

    /// <summary>The commit that the program was built from; null where its build did not know.</summary>
    /// <remarks>The SDK puts it behind the version: 0.1.0+1a2b...</remarks>
    public static string? Commit() =>
        typeof(BenchOutput).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, string commit] ? commit : null;
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Moda.Cli.Configuration;

namespace Moda.Cli.Benchmarks;

/// <summary>What a benchmark has measured, as its JSON holds it. docs/kernels/tutorial.md describes the schema.</summary>
/// <param name="Schema">The version of the schema, <see cref="CurrentSchema"/>.</param>
/// <param name="Benchmark"><c>bench</c> or <c>quick</c>. Only reports of one benchmark are compared.</param>
/// <param name="Commit">The commit that the program was built from; null where its build did not know.</param>
/// <param name="Device">What it ran on.</param>
/// <param name="Timer">What measured: <c>CUDA events</c> or <c>wall clock</c>.</param>
/// <param name="Results">One for each network or kernel.</param>
internal sealed record BenchReport(int Schema, string Benchmark, string? Commit, BenchDevice Device, string Timer, IReadOnlyList<BenchResult> Results)
{
    /// <summary>The version of the schema that this program writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Writes it as JSON.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, BenchReportJson.Default.BenchReport);

    /// <summary>Reads a report.</summary>
    /// <param name="path">A file that <c>--json</c> has printed.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ConfigurationException">It is no report, or one of another schema.</exception>
    public static BenchReport Load(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            BenchReport? report = JsonSerializer.Deserialize(stream, BenchReportJson.Default.BenchReport);
            return report is { Schema: CurrentSchema, Results: not null }
                ? report
                : throw new ConfigurationException($"'{path}' is no report of schema {CurrentSchema}; print it again with --json.");
        }
        catch (JsonException exception)
        {
            throw new ConfigurationException($"'{path}' is no report that --json has printed: {exception.Message}");
        }
    }
}

/// <summary>What a benchmark ran on.</summary>
/// <param name="Name">As the engine names it.</param>
/// <param name="Precision"><c>f16</c> or <c>f32</c>.</param>
/// <param name="Driver">The display driver's release; null without a GPU, or where it is unknown.</param>
/// <param name="MultiprocessorClock">MHz of the multiprocessors under load; null where it is unknown.</param>
/// <param name="MemoryClock">MHz of the memory under load; null where it is unknown.</param>
internal sealed record BenchDevice(string Name, string Precision, string? Driver, int? MultiprocessorClock, int? MemoryClock);

/// <summary>One network or kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tile">The tile that a convolution on a GPU took; null for anything else.</param>
/// <param name="Median">Milliseconds of a run: the median of the measurements.</param>
/// <param name="Spread">The longest measurement less the shortest, as a share of the median.</param>
/// <param name="Measurements">How many measurements there were.</param>
/// <param name="Runs">Runs in each measurement.</param>
/// <param name="Operations">Floating-point operations of the definition; 0 where they are not counted.</param>
internal sealed record BenchResult(string Name, string? Tile, double Median, double Spread, int Measurements, int Runs, double Operations)
{
    private const double MillisecondsPerSecond = 1000;

    /// <summary>The result of a measurement.</summary>
    public static BenchResult Of(string name, string? tile, in Measured measured, double operations) =>
        new(name, tile, measured.Median * MillisecondsPerSecond, measured.Spread, measured.Measurements, measured.Runs, operations);
}

/// <summary>The JSON of reports, generated when the program is built.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class BenchReportJson : JsonSerializerContext;

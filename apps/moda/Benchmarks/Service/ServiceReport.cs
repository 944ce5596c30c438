using System.Text.Json;
using System.Text.Json.Serialization;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>What a service was measured to do, as its JSON holds it; times are milliseconds.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Device">What it runs on.</param>
/// <param name="Clips">Clips; null where none were asked for.</param>
/// <param name="Live">Live sockets; null where none were opened.</param>
/// <param name="Poses">Poses, for each number of positions under way; empty where none were asked for.</param>
internal sealed record ServiceReport(string Address, string Device, ClipFigures? Clips, LiveFigures? Live, IReadOnlyList<PoseFigures> Poses)
{
    /// <summary>The version of the schema.</summary>
    [JsonPropertyOrder(-1)]
    public int Schema { get; } = BenchReport.CurrentSchema;

    /// <summary>Always "service".</summary>
    [JsonPropertyOrder(-1)]
    public string Benchmark { get; } = "service";

    /// <summary>The commit that this program was built from; null where its build did not know.</summary>
    [JsonPropertyOrder(-1)]
    public string? Commit { get; } = BenchOutput.Commit();

    /// <summary>Writes it as JSON.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, ServiceReportJson.Default.ServiceReport);
}

/// <summary>Clips that were made one after another. All times begin just before the request is sent.</summary>
/// <param name="Count">How many.</param>
/// <param name="WarmUp">First bytes of the clip before them, which does not count.</param>
/// <param name="Accepted">Until the answer (202).</param>
/// <param name="FirstBytes">Until the first bytes of the stream.</param>
/// <param name="FirstFrame">Until the first fragment of the stream.</param>
/// <param name="Whole">Until the end of the stream.</param>
/// <param name="Bytes">Bytes of a clip on average.</param>
internal sealed record ClipFigures(int Count, double WarmUp, Quantiles Accepted, Quantiles FirstBytes, Quantiles FirstFrame, Quantiles Whole, long Bytes);

/// <summary>Live sockets that were open at once; frames and bytes of all of them.</summary>
/// <param name="Sockets">How many.</param>
/// <param name="Seconds">How long each spoke.</param>
/// <param name="FirstFrame">From asking for a socket to its first frame.</param>
/// <param name="Lateness">How much later than due frames came.</param>
/// <param name="SampleToFrame">From sending a frame's first sample to the frame; null where nothing was heard.</param>
/// <param name="Frames">Frames that came.</param>
/// <param name="FramesDue">Frames that were due meanwhile.</param>
/// <param name="FramesLost">Numbers of frames that were left out.</param>
/// <param name="Pauses">Frames in which nothing was heard although speech was sent.</param>
/// <param name="Bytes">Bytes of the frames.</param>
internal sealed record LiveFigures(
    int Sockets, double Seconds, Quantiles FirstFrame, Quantiles Lateness, Quantiles? SampleToFrame, long Frames, long FramesDue, long FramesLost, long Pauses, long Bytes);

/// <summary>Poses.</summary>
/// <param name="InFlight">Positions that were under way at once.</param>
/// <param name="Count">Pictures.</param>
/// <param name="PicturesPerSecond">Pictures in a second.</param>
/// <param name="PositionToPicture">From sending a position to its picture.</param>
internal sealed record PoseFigures(int InFlight, int Count, double PicturesPerSecond, Quantiles PositionToPicture);

/// <summary>The JSON of reports, generated when the program is built.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ServiceReport))]
internal sealed partial class ServiceReportJson : JsonSerializerContext;

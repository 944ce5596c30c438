using System.Text.Json.Serialization;

namespace Moda.Web.Sockets;

/// <summary>A problem that ends a socket.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Detail">For people.</param>
internal sealed record SocketProblem(string Code, string Detail)
{
    /// <summary>Always "problem".</summary>
    public string Type { get; } = "problem";
}

/// <summary>A portrait can be posed.</summary>
/// <param name="Width">The pictures' width.</param>
/// <param name="Height">The pictures' height.</param>
/// <param name="Sliders">Least, most and first value of each slider.</param>
internal sealed record PoseReady(int Width, int Height, IReadOnlyDictionary<string, double[]> Sliders)
{
    /// <summary>Always "ready".</summary>
    public string Type { get; } = "ready";
}

/// <summary>Where the sliders stand. What is left out stands where it stood first.</summary>
internal sealed record PoseRequest
{
    /// <summary>The client's number of this position; it comes back with the picture.</summary>
    public uint Sequence { get; init; }

    /// <summary>The sliders, by name.</summary>
    public Dictionary<string, double> Sliders { get; init; } = [];
}

/// <summary>A live session has begun.</summary>
/// <param name="Width">The frames' width.</param>
/// <param name="Height">The frames' height.</param>
/// <param name="FramesPerSecond">Frames in a second.</param>
/// <param name="SampleRate">The rate of the samples that the client sends.</param>
internal sealed record LiveReady(int Width, int Height, int FramesPerSecond, int SampleRate)
{
    /// <summary>Always "ready".</summary>
    public string Type { get; } = "ready";
}

/// <summary>What a client says to a live session beside its samples.</summary>
/// <param name="Type">end_utterance or interrupt.</param>
internal sealed record LiveCommand(string Type);

/// <summary>The JSON of sockets.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SocketProblem))]
[JsonSerializable(typeof(PoseReady))]
[JsonSerializable(typeof(PoseRequest))]
[JsonSerializable(typeof(LiveReady))]
[JsonSerializable(typeof(LiveCommand))]
internal sealed partial class SocketJson : JsonSerializerContext;

using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>Everything that one call of <c>moda dub</c> was asked for.</summary>
internal sealed record DubRequest
{
    public required string Video { get; init; }

    /// <summary>The voice of all faces: the video's own sound where none was named; null where each face has a voice of its own.</summary>
    public required string? Audio { get; init; }

    /// <summary>The files of voices by the numbers of their faces; empty where all have one voice.</summary>
    public required IReadOnlyDictionary<int, string> Voices { get; init; }

    public required string Out { get; init; }

    public required string Weights { get; init; }

    /// <summary>Whether no weights were named.</summary>
    public required bool UsesOpenCheckpoint { get; init; }

    /// <summary>Whether the output may be replaced.</summary>
    public required bool Overwrites { get; init; }

    /// <summary>Whether the video's own sound is kept behind the voice.</summary>
    public required bool KeepsSound { get; init; }

    public required FaceChoice Face { get; init; }

    /// <summary>Several faces, instead of the one; null for one.</summary>
    public required FaceSelection? Faces { get; init; }

    public required string Device { get; init; }

    public required ElementType? Precision { get; init; }

    /// <summary>Bytes of GPU memory that may be taken; null for all that there is.</summary>
    public required long? MaximumGpuMemory { get; init; }

    /// <summary>Frames that are rendered at once; null for the engine's choice.</summary>
    public required int? BatchSize { get; init; }

    public required DubbingOptions Dubbing { get; init; }
}

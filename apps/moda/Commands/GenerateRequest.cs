using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>Everything that one call of <c>moda generate</c> was asked for.</summary>
internal sealed record GenerateRequest
{
    public required string Image { get; init; }

    /// <summary>The voice; null where motion is rendered without one, or each face has its own.</summary>
    public required string? Audio { get; init; }

    public required string Out { get; init; }

    public required string Weights { get; init; }

    /// <summary>Whether no weights were named.</summary>
    public required bool UsesOpenCheckpoint { get; init; }

    /// <summary>Whether the output may be replaced.</summary>
    public required bool Overwrites { get; init; }

    /// <summary>The files that were named to be read.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required string? Landmarks { get; init; }

    public required FaceChoice Face { get; init; }

    /// <summary>The faces that speak together; null for the one that <see cref="Face"/> chooses.</summary>
    public required FaceSelection? Faces { get; init; }

    /// <summary>The voices of faces that speak together, by their numbers; empty where all speak with <see cref="Audio"/>.</summary>
    public required IReadOnlyDictionary<int, string> Voices { get; init; }

    /// <summary>Where the voice's motion goes; null for nowhere.</summary>
    public required string? MotionOut { get; init; }

    /// <summary>Motion that is rendered instead of generated; null for none.</summary>
    public required string? MotionIn { get; init; }

    /// <summary>Whose head and expression are followed, but for the lips; null for the voice's own motion.</summary>
    public required string? Driving { get; init; }

    /// <summary>Which of the driving faces.</summary>
    public required FaceChoice DrivingFace { get; init; }

    public required bool ListFaces { get; init; }

    /// <summary>Where the reference's face models lie; null for the built-in analyzer.</summary>
    public required string? FaceModels { get; init; }

    /// <summary>The network that separates the voice from music; null to hear the sound as it is.</summary>
    public required string? VocalNetwork { get; init; }

    /// <summary>Whether it is only said what the clip would take.</summary>
    public required bool Plans { get; init; }

    /// <summary>Whether the frames go nowhere.</summary>
    public required bool Discards { get; init; }

    /// <summary>Whether a clip that nobody sees is made first.</summary>
    public required bool WarmsUp { get; init; }

    public required string Device { get; init; }

    public required ElementType? Precision { get; init; }

    /// <summary>Bytes of GPU memory that may be taken; null for all that there is.</summary>
    public long? MaximumGpuMemory { get; init; }

    /// <summary>Frames that are rendered at once; null for the engine's choice.</summary>
    public required int? BatchSize { get; init; }

    public required PortraitOptions Portrait { get; init; }

    public required GenerationOptions Generation { get; init; }

    /// <summary>Finds the portrait.</summary>
    public PortraitFinder Finder => new()
    {
        Image = Image,
        Landmarks = Landmarks,
        Face = Face,
        FaceModels = FaceModels,
        Weights = Weights,
        Options = Portrait,
    };
}

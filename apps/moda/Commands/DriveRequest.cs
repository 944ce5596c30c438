using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>Everything that one call of <c>moda drive</c> was asked for.</summary>
internal sealed record DriveRequest
{
    public required PortraitRequest Portrait { get; init; }

    /// <summary>The video whose face is driven; null where it is the portrait's.</summary>
    public required string? Video { get; init; }

    public required string Driving { get; init; }

    /// <summary>Which of the driving faces.</summary>
    public required FaceChoice DrivingFace { get; init; }

    /// <summary>Where the frames go; null for nowhere.</summary>
    public required string? Out { get; init; }

    /// <summary>Where the motion goes; null for nowhere.</summary>
    public required string? MotionOut { get; init; }

    public required DrivingCropMode Crop { get; init; }

    /// <summary>Whether the driving video's sound is kept.</summary>
    public required bool KeepsSound { get; init; }

    /// <summary>Whether the driven video's own sound is kept behind it.</summary>
    public required bool KeepsOwnSound { get; init; }

    /// <summary>Frames that are rendered at once; null for the engine's choice.</summary>
    public required int? BatchSize { get; init; }

    public required GenerationOptions Generation { get; init; }
}

namespace Moda.Web.Portraits;

/// <summary>A picture that was uploaded for poses and live sessions, with the faces that were found.</summary>
internal sealed record PortraitResource
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>Always "portrait".</summary>
    public string Object { get; } = "portrait";

    /// <summary>The upright picture's width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>The upright picture's height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>The faces, from left to right.</summary>
    public required IReadOnlyList<FaceResource> Faces { get; init; }

    /// <summary>When it is forgotten, unless it is used: seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }
}

/// <summary>A face in a picture, in its pixels.</summary>
/// <param name="Number">The number from the left, from 1: what "face" chooses it by.</param>
/// <param name="X">The left edge.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
/// <param name="Score">The detector's certainty, 0 to 1.</param>
/// <param name="IsLargest">Whether "largest" chooses it.</param>
internal sealed record FaceResource(int Number, float X, float Y, float Width, float Height, float Score, bool IsLargest);

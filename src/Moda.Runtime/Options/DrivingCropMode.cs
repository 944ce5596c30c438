namespace Moda.Runtime.Options;

/// <summary>Whether a driving video or picture is cropped to its face before its motion is read.</summary>
public enum DrivingCropMode
{
    /// <summary>Cropped where its sides differ; what is square counts as cropped already.</summary>
    WhenNotSquare,

    /// <summary>Always cropped.</summary>
    Always,
}

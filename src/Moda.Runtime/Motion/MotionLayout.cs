namespace Moda.Runtime.Motion;

/// <summary>Where things stand in a motion vector of 70: expression, scale, translation, head pose.</summary>
internal static class MotionLayout
{
    /// <summary>Keypoints of a face.</summary>
    public const int KeypointCount = 21;

    /// <summary>Coordinates of all keypoints: [21, 3] flattened. The expression stands at the vector's start.</summary>
    public const int KeypointLength = 3 * KeypointCount;

    /// <summary>The head's scale.</summary>
    public const int Scale = KeypointLength;

    /// <summary>The head's translation along x, y, z; z is never used.</summary>
    public const int Translation = Scale + 1;

    /// <summary>Pitch in degrees.</summary>
    public const int Pitch = Translation + 3;

    /// <summary>Yaw in degrees.</summary>
    public const int Yaw = Pitch + 1;

    /// <summary>Roll in degrees.</summary>
    public const int Roll = Yaw + 1;

    /// <summary>Length of a motion vector.</summary>
    public const int Width = Roll + 1;

    /// <summary>Length of what stands behind the expression: scale, translation, pitch, yaw, roll.</summary>
    public const int PoseLength = Width - Scale;
}

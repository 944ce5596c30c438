namespace Moda.Runtime.Options;

/// <summary>What of the portrait follows the motion; the rest stays as it is in the portrait.</summary>
public enum AnimationRegion
{
    /// <summary>Expression and head pose.</summary>
    All,

    /// <summary>The expression alone.</summary>
    Expression,

    /// <summary>The head pose alone.</summary>
    Pose,

    /// <summary>The lips alone.</summary>
    Lip,

    /// <summary>The eyes alone.</summary>
    Eyes,
}

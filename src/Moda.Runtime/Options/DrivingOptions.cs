using System.Numerics;

namespace Moda.Runtime.Options;

/// <summary>How motion drives the portrait's keypoints. The defaults are the reference's for speech.</summary>
public sealed record DrivingOptions
{
    /// <summary>What follows the motion.</summary>
    public AnimationRegion Region { get; init; } = AnimationRegion.All;

    /// <summary>Whether the motion's change since its first frame is added to the portrait's own, instead of taking it as it is.</summary>
    public bool RelativeMotion { get; init; }

    /// <summary>
    /// With <see cref="RelativeMotion"/>: whether keypoint movements are scaled by the size of the portrait's face over that of
    /// the first driven frame ("expression-friendly"; otherwise "pose-friendly").
    /// </summary>
    public bool ExpressionFriendly { get; init; } = true;

    /// <summary>Whether the stitching network fits the keypoints to the portrait's shoulders.</summary>
    public bool Stitching { get; init; } = true;

    /// <summary>Scales every keypoint's way from its place in the portrait.</summary>
    public float Multiplier { get; init; } = 1;

    /// <summary>How the motion is smoothed first.</summary>
    public MotionSmoothing Smoothing { get; init; }

    /// <summary>
    /// With <see cref="RelativeMotion"/>: whether a portrait whose lips are open has them closed first. It needs the portrait's
    /// 203 landmarks.
    /// </summary>
    public bool NormalizeLip { get; init; }

    /// <summary>From which ratio of height to width on lips count as open.</summary>
    public float OpenLipRatio { get; init; } = 0.03f;

    /// <summary>
    /// Whether the portrait's eyes are brought to one opening first: their mean, or <see cref="OpenEyeTarget"/> where they
    /// are nearly closed. It needs the portrait's 203 landmarks.
    /// </summary>
    public bool NormalizeEyes { get; init; }

    /// <summary>Below which ratio of height to width eyes count as closed.</summary>
    public float ClosedEyeRatio { get; init; } = 0.18f;

    /// <summary>The ratio of height to width that closed eyes are opened to.</summary>
    public float OpenEyeTarget { get; init; } = 0.39f;

    /// <summary>Where the eyes look, in the reference's units of about a degree; (0, -5) is straight ahead.</summary>
    public Vector2 Gaze { get; init; } = new(0, -5);

    /// <summary>Throws where a number is NaN or out of range: keypoints would leave every picture, or be NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const double LargestFactor = 1000;
        const double LargestAngle = 360;
        OptionChecks.RequireDefined(Region);
        OptionChecks.RequireDefined(Smoothing);
        OptionChecks.RequireRange(Multiplier, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(OpenLipRatio, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(ClosedEyeRatio, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(OpenEyeTarget, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(Gaze.X, -LargestAngle, LargestAngle);
        OptionChecks.RequireRange(Gaze.Y, -LargestAngle, LargestAngle);
    }
}

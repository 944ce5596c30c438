using System.Numerics;

namespace Moda.Runtime.Options;

/// <summary>
/// How motion drives the portrait's keypoints. The defaults are the reference's for speech; <see cref="ForVideo"/> has those for the motion of
/// other faces.
/// </summary>
public sealed record DrivingOptions
{
    /// <summary>The reference's <see cref="ObservationVariance"/>.</summary>
    internal const double UsualObservationVariance = 3e-7;

    /// <summary>LivePortrait's defaults: relative motion, and eyes that look where the driving face looks.</summary>
    public static DrivingOptions ForVideo { get; } = new() { RelativeMotion = true, Gaze = default };

    /// <summary>How a voice moves the lips of a video: everything else is the video's.</summary>
    internal static DrivingOptions ForLipSync { get; } = ForVideo with { Region = AnimationRegion.Lip, AbsoluteLips = true };

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

    /// <summary>How the motion is smoothed.</summary>
    public MotionSmoothing Smoothing { get; init; }

    /// <summary>
    /// How far the Kalman smoother takes an observation to lie from the truth, 1e-12 to 1: the larger, the smoother. Used by
    /// <see cref="MotionSmoothing.Kalman"/>, and always where one video drives another.
    /// </summary>
    public double ObservationVariance { get; init; } = UsualObservationVariance;

    /// <summary>
    /// With <see cref="RelativeMotion"/>: whether a portrait whose lips are open has them closed first. It needs
    /// 203 or 68 landmarks of the portrait.
    /// </summary>
    public bool NormalizeLip { get; init; }

    /// <summary>From which ratio of height to width on lips count as open.</summary>
    public float OpenLipRatio { get; init; } = 0.03f;

    /// <summary>
    /// Whether the portrait's eyes are brought to one opening first: their mean, or <see cref="OpenEyeTarget"/> where they
    /// are nearly closed. It needs 203 or 68 landmarks of the portrait.
    /// </summary>
    public bool NormalizeEyes { get; init; }

    /// <summary>Below which ratio of height to width eyes count as closed.</summary>
    public float ClosedEyeRatio { get; init; } = 0.18f;

    /// <summary>The ratio of height to width that closed eyes are opened to.</summary>
    public float OpenEyeTarget { get; init; } = 0.39f;

    /// <summary>
    /// Whether the portrait's eyes are opened as far as the driving face's left eye. It needs the openings of both faces. With
    /// <see cref="RelativeMotion"/> nothing else of the motion is followed, as in the reference; without it the openings come on top.
    /// </summary>
    public bool RetargetEyes { get; init; }

    /// <summary>Whether the portrait's lips are opened as far as the driving face's, in the same way as <see cref="RetargetEyes"/>.</summary>
    public bool RetargetLip { get; init; }

    /// <summary>
    /// With <see cref="RelativeMotion"/>: whether lips are taken as they are nevertheless. It is how a voice moves the lips of a video.
    /// </summary>
    internal bool AbsoluteLips { get; init; }

    /// <summary>Where the eyes look, in the reference's units of about a degree; (0, -5) is straight ahead for speech, (0, 0) leaves the motion's gaze alone.</summary>
    public Vector2 Gaze { get; init; } = new(0, -5);

    /// <summary>Whether the openings of the driving face are followed.</summary>
    internal bool IsRetargeting => RetargetEyes || RetargetLip;

    /// <summary>Whether lip or eye network, and with them the portrait's openings, are needed.</summary>
    internal bool NeedsOpenings => IsRetargeting || NormalizeEyes || (NormalizeLip && RelativeMotion);

    /// <summary>Throws where a number is NaN or out of range: keypoints would leave every picture, or be NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        const double LargestFactor = 1000;
        const double LargestAngle = 360;
        const double LeastVariance = 1e-12;
        OptionChecks.RequireDefined(Region);
        OptionChecks.RequireDefined(Smoothing);
        OptionChecks.RequireRange(Multiplier, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(ObservationVariance, LeastVariance, 1);
        OptionChecks.RequireRange(OpenLipRatio, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(ClosedEyeRatio, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(OpenEyeTarget, -LargestFactor, LargestFactor);
        OptionChecks.RequireRange(Gaze.X, -LargestAngle, LargestAngle);
        OptionChecks.RequireRange(Gaze.Y, -LargestAngle, LargestAngle);
    }
}

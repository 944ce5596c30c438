using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>How a portrait moves as another face does.</summary>
internal sealed record DriveOptions() : VideoOptions(VideoKind.Drive)
{
    /// <summary>Whether the motion's change is added to the portrait, or the motion is taken as it is.</summary>
    public DrivingMotion Motion { get; init; }

    /// <summary>Whether movements are scaled by the size of the portrait's face over the driving one.</summary>
    public DrivingScale DrivingOption { get; init; }

    /// <summary>Scales all movement, 0 to 3.</summary>
    public float Multiplier { get; init; } = 1;

    /// <summary>What of the face follows.</summary>
    public AnimationRegion Region { get; init; }

    /// <summary>How motion is smoothed.</summary>
    public MotionSmoothing Smoothing { get; init; }

    /// <summary>How the face is put back into the picture.</summary>
    public PasteBackMode PasteBack { get; init; }

    /// <summary>Whether the driving video or picture is cropped to its face also where it is square.</summary>
    public bool CropDriving { get; init; }

    /// <summary>Whether the face is fitted to the shoulders.</summary>
    public bool Stitching { get; init; } = true;

    /// <summary>Whether eyes open as far as the driving face's; in relative motion nothing else is followed.</summary>
    public bool RetargetEyes { get; init; }

    /// <summary>Whether lips open as far as the driving face's; in relative motion nothing else is followed.</summary>
    public bool RetargetLips { get; init; }

    /// <summary>In relative motion: whether lips of the portrait that are open are closed first.</summary>
    public bool NormalizeLips { get; init; }

    /// <summary>Whether the driving video's sound is kept.</summary>
    public bool Sound { get; init; } = true;

    /// <summary>Which face of the portrait moves: largest, left, right, center or a number from the left, from 1.</summary>
    public string Face { get; init; } = "largest";

    /// <summary>Which face of the driving video or picture it follows, chosen alike.</summary>
    public string DrivingFace { get; init; } = "largest";

    /// <summary>How the driving video or picture is cropped.</summary>
    public DrivingCropMode ToCrop() => CropDriving ? DrivingCropMode.Always : DrivingCropMode.WhenNotSquare;

    /// <summary>Which face of the portrait moves.</summary>
    public FaceChoice ToFaceChoice() => FaceChoice.Parse(Face);

    /// <summary>Which face it follows.</summary>
    public FaceChoice ToDrivingFaceChoice() => FaceChoice.Parse(DrivingFace);

    /// <summary>The same for the engine.</summary>
    public GenerationOptions ToGeneration() => new()
    {
        PasteBack = PasteBack,
        Driving = DrivingOptions.ForVideo with
        {
            RelativeMotion = Motion == DrivingMotion.Relative,
            ExpressionFriendly = DrivingOption == DrivingScale.ExpressionFriendly,
            Multiplier = Multiplier,
            Region = Region,
            Smoothing = Smoothing,
            Stitching = Stitching,
            RetargetEyes = RetargetEyes,
            RetargetLip = RetargetLips,
            NormalizeLip = NormalizeLips,
        },
    };
}

/// <summary>How driving motion is taken.</summary>
internal enum DrivingMotion
{
    /// <summary>Its change since its first frame is added to the portrait.</summary>
    Relative,

    /// <summary>It is taken as it is, head pose and place too.</summary>
    Absolute,
}

/// <summary>Whether relative movements are scaled by the sizes of both faces.</summary>
internal enum DrivingScale
{
    /// <summary>They are.</summary>
    ExpressionFriendly,

    /// <summary>They are not.</summary>
    PoseFriendly,
}

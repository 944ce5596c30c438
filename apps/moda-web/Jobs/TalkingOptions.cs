using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>How a portrait speaks.</summary>
internal sealed record TalkingOptions() : SpokenOptions(VideoKind.Talking)
{
    /// <summary>How motion is smoothed.</summary>
    public MotionSmoothing Smoothing { get; init; }

    /// <summary>What of the face follows the voice.</summary>
    public AnimationRegion Region { get; init; }

    /// <summary>How the face is put back into the picture.</summary>
    public PasteBackMode PasteBack { get; init; }

    /// <summary>Where silence is added, so that the face comes to rest.</summary>
    public SilenceMode Silence { get; init; } = SilenceMode.Post;

    /// <summary>Which face speaks: largest, left, right, center or a number from the left, from 1.</summary>
    public string Face { get; init; } = "largest";

    /// <summary>Which face speaks.</summary>
    public FaceChoice ToFaceChoice() => FaceChoice.Parse(Face);

    /// <summary>The same for the engine.</summary>
    public GenerationOptions ToGeneration() => Apply(new GenerationOptions
    {
        Audio = new AudioPreparationOptions { Silence = Silence },
        Driving = new DrivingOptions { Region = Region, Smoothing = Smoothing },
        PasteBack = PasteBack,
    });
}

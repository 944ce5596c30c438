using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Web.Jobs;

/// <summary>How the lips of a video follow a voice.</summary>
internal sealed record DubOptions() : SpokenOptions(VideoKind.Dub)
{
    /// <summary>Whose lips: largest, left, right, center or a number for one face; all, or numbers with commas for several.</summary>
    public string Faces { get; init; } = "largest";

    /// <summary>How long the result is where video and voice differ.</summary>
    public DubbingLength Length { get; init; }

    /// <summary>How lips are smoothed: none or kalman.</summary>
    public MotionSmoothing Smoothing { get; init; } = MotionSmoothing.Kalman;

    /// <summary>How the face is put back into its frame: feather, laplacian or face_mask.</summary>
    public PasteBackMode PasteBack { get; init; } = PasteBackMode.Laplacian;

    /// <summary>The several faces that are chosen; null where it is one.</summary>
    public FaceSelection? ToFaceSelection() => IsSelection(Faces) ? FaceSelection.Parse(Faces) : null;

    /// <summary>The one face that is chosen.</summary>
    public FaceChoice ToFaceChoice() => FaceChoice.Parse(Faces);

    /// <summary>The same for the engine.</summary>
    public DubbingOptions ToDubbing()
    {
        var usual = new DubbingOptions();
        return usual with
        {
            Length = Length,
            Generation = Apply(usual.Generation) with { Driving = usual.Generation.Driving with { Smoothing = Smoothing }, PasteBack = PasteBack },
        };
    }

    /// <summary>Whether a text chooses several faces.</summary>
    public static bool IsSelection(string faces) => faces == "all" || faces.Contains(',');
}

using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// Follows one or several faces through a video. The landmarks in a frame are searched near those of the previous frame. The detector runs
/// again when a face is lost, after a cut, and once a second as a check. Only one thread may use it at a time.
/// </summary>
internal sealed class FaceTracker
{
    /// <summary>After this number of frames the detector confirms faces that were only followed.</summary>
    private const int FramesBetweenLooks = 25;

    /// <summary>
    /// The detector looks for a lost face in this many frames one after the other. After them it looks once in as many frames, while other
    /// faces are followed.
    /// </summary>
    private const int SearchedFrames = 5;

    private readonly FaceAnalyzer analyzer;
    private readonly SceneFaces scene;
    private readonly SceneCuts cuts = new();
    private int framesSinceLook;

    /// <summary>Creates a tracker of one face.</summary>
    /// <param name="analyzer">The analyzer that finds and follows faces. The caller disposes it.</param>
    /// <param name="choice">Which face to follow when a scene begins with several.</param>
    public FaceTracker(FaceAnalyzer analyzer, FaceChoice choice)
        : this(analyzer, new SceneFaces(choice))
    {
    }

    /// <summary>Creates a tracker of several faces.</summary>
    /// <param name="analyzer">The analyzer that finds and follows faces. The caller disposes it.</param>
    /// <param name="selection">Which faces to follow, by the numbers that they have in each scene.</param>
    public FaceTracker(FaceAnalyzer analyzer, FaceSelection selection)
        : this(analyzer, new SceneFaces(selection))
    {
    }

    private FaceTracker(FaceAnalyzer analyzer, SceneFaces scene)
    {
        this.analyzer = analyzer;
        this.scene = scene;
    }

    /// <summary>Finds the landmarks of the faces in the next frame.</summary>
    /// <param name="frame">The frame. All frames must have the same size.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>
    /// The landmarks of each face that is followed; null for a face that is not in the frame, or smaller than
    /// <see cref="Portrait.SmallestFace"/>. The list grows when there are more faces than before. A face keeps its place in it.
    /// </returns>
    public IReadOnlyList<FaceLandmarks?> Next(RgbImage frame, CancellationToken cancellationToken)
    {
        if (cuts.IsCut(frame))
        {
            // A new scene may show other people, so earlier positions do not help.
            scene.Begin();
        }

        bool isLost = Follow(frame, cancellationToken);
        framesSinceLook++;
        if (!scene.IsFollowing || isLost || framesSinceLook >= FramesUntilLook())
        {
            framesSinceLook = 0;
            scene.Look(frame, [.. analyzer.Analyze(frame, cancellationToken).Where(face => face.IsLargeEnough)]);
        }

        return scene.Landmarks();
    }

    private int FramesUntilLook() => scene.FramesMissing switch
    {
        null => FramesBetweenLooks,
        <= SearchedFrames => 1,
        _ => SearchedFrames,
    };

    // Follows each face from the previous frame. Returns whether one was lost.
    private bool Follow(RgbImage frame, CancellationToken cancellationToken)
    {
        bool isLost = false;
        foreach (TrackedFace face in scene.Followed)
        {
            face.MoveTo(analyzer.Follow(frame, face.Landmarks!, cancellationToken));
            isLost |= face.Landmarks is null;
        }

        return scene.DropDoubles() || isLost;
    }
}

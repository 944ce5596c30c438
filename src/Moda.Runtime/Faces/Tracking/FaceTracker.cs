using System.Numerics;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// Follows one face through a video. The landmarks in a frame are searched near those of the previous frame. The detector runs again when
/// the face is lost, after a cut, and once a second as a check. Only one thread may use it at a time.
/// </summary>
internal sealed class FaceTracker
{
    /// <summary>After this number of frames the detector confirms a face that was only followed.</summary>
    private const int FramesBetweenLooks = 25;

    /// <summary>A detected face with a larger intersection over union is the followed face.</summary>
    private const float SharedLimit = 0.3f;

    private readonly FaceAnalyzer analyzer;
    private readonly FaceChoice choice;
    private readonly SceneCuts cuts = new();
    private FaceLandmarks? followed;
    private FaceBox? lastSeen;
    private int framesSinceLook;

    /// <summary>Creates a tracker.</summary>
    /// <param name="analyzer">The analyzer that finds and follows faces. The caller disposes it.</param>
    /// <param name="choice">Which face to follow when a scene begins with several.</param>
    public FaceTracker(FaceAnalyzer analyzer, FaceChoice choice)
    {
        this.analyzer = analyzer;
        this.choice = choice;
    }

    /// <summary>Finds the landmarks in the next frame.</summary>
    /// <param name="frame">The frame. All frames must have the same size.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The landmarks; null when there is no face, or only one smaller than <see cref="Portrait.SmallestFace"/>.</returns>
    public FaceLandmarks? Next(RgbImage frame, CancellationToken cancellationToken)
    {
        if (cuts.IsCut(frame))
        {
            // A new scene may show another person, so earlier positions do not help.
            followed = null;
            lastSeen = null;
        }

        FaceLandmarks? landmarks = followed is null ? null : analyzer.Follow(frame, followed, cancellationToken);
        if (landmarks is null || ++framesSinceLook >= FramesBetweenLooks)
        {
            landmarks = Find(frame, landmarks, cancellationToken);
        }

        if (landmarks is not null)
        {
            lastSeen = FaceBox.Around(landmarks);
        }

        followed = landmarks;
        return landmarks;
    }

    // Detects the face. Of several faces it takes the one that was followed or seen last in this scene, otherwise the chosen one.
    private FaceLandmarks? Find(RgbImage frame, FaceLandmarks? expected, CancellationToken cancellationToken)
    {
        framesSinceLook = 0;
        List<DetectedFace> faces = [.. analyzer.Analyze(frame, cancellationToken)
            .Where(face => face.IsLargeEnough)];
        if (faces.Count == 0)
        {
            // The detector misses some rotated faces that can still be followed.
            return expected;
        }

        if (expected is not null)
        {
            FaceBox box = FaceBox.Around(expected);
            return faces.Exists(face => FaceBox.Around(face.Landmarks).IntersectionOverUnion(box) > SharedLimit) ? expected : Nearest(faces, box);
        }

        return lastSeen is { } seen ? Nearest(faces, seen) : Choose(frame, faces);
    }

    // A chosen number may be larger than the number of faces in another scene. The largest face is then used.
    private FaceLandmarks Choose(RgbImage frame, List<DetectedFace> faces)
    {
        try
        {
            return choice.Choose(frame, faces).Landmarks;
        }
        catch (FaceNotFoundException)
        {
            return default(FaceChoice).Choose(frame, faces).Landmarks;
        }
    }

    private static FaceLandmarks Nearest(List<DetectedFace> faces, FaceBox place) =>
        faces.MinBy(face => Distance(FaceBox.Around(face.Landmarks), place))!.Landmarks;

    private static float Distance(FaceBox one, FaceBox other) =>
        Vector2.Distance(new Vector2(one.CentreX, one.CentreY), new Vector2(other.CentreX, other.CentreY));
}

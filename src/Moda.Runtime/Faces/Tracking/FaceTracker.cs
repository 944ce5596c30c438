using System.Numerics;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// Follows one face through a video: its landmarks in a frame are looked for around those of the frame before. Where it is lost, at cuts,
/// and once a second to be sure, it is found anew by the detector. One thread at a time.
/// </summary>
internal sealed class FaceTracker
{
    /// <summary>Frames after which the detector confirms a face that was only followed.</summary>
    private const int FramesBetweenLooks = 25;

    /// <summary>Faces that share more than this with the one that is followed are that one.</summary>
    private const float SharedLimit = 0.3f;

    private readonly FaceAnalyzer analyzer;
    private readonly FaceChoice choice;
    private readonly SceneCuts cuts = new();
    private FaceLandmarks? followed;
    private FaceBox? lastSeen;
    private int framesSinceLook;

    /// <summary>Prepares tracking.</summary>
    /// <param name="analyzer">What finds and follows; the caller owns it.</param>
    /// <param name="choice">Which face, where a scene begins with several.</param>
    public FaceTracker(FaceAnalyzer analyzer, FaceChoice choice)
    {
        this.analyzer = analyzer;
        this.choice = choice;
    }

    /// <summary>Finds the face in the next frame.</summary>
    /// <param name="frame">The frame; all have one size.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Its landmarks; null where there is no face, or one smaller than <see cref="Portrait.SmallestFace"/>.</returns>
    public FaceLandmarks? Next(RgbImage frame, CancellationToken cancellationToken)
    {
        if (cuts.IsCut(frame))
        {
            // Another scene may show another person: what was seen before says nothing about it.
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

    // Of several faces the one that was followed, or was seen last in this scene; else the chosen one.
    private FaceLandmarks? Find(RgbImage frame, FaceLandmarks? expected, CancellationToken cancellationToken)
    {
        framesSinceLook = 0;
        List<DetectedFace> faces = [.. analyzer.Analyze(frame, cancellationToken)
            .Where(face => face.IsLargeEnough)];
        if (faces.Count == 0)
        {
            // The detector misses faces that are turned, which can still be followed.
            return expected;
        }

        if (expected is not null)
        {
            FaceBox box = FaceBox.Around(expected);
            return faces.Exists(face => FaceBox.Around(face.Landmarks).IntersectionOverUnion(box) > SharedLimit) ? expected : Nearest(faces, box);
        }

        return lastSeen is { } seen ? Nearest(faces, seen) : Choose(frame, faces);
    }

    // A number counts the faces of the picture in which it was given; a scene with fewer has its largest.
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

using System.Numerics;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>A face of a scene. Only one thread may use it at a time.</summary>
internal sealed class TrackedFace
{
    /// <summary>A face that is not seen may have moved by its own size, and by this many of its sizes for each further frame.</summary>
    private const float SizesPerFrame = 1 / 6f;

    private FaceBox before;

    /// <summary>Adds a face that was detected.</summary>
    /// <param name="box">The box around its landmarks.</param>
    /// <param name="slot">Its place among the faces that are followed; null for one that is only watched, so that it is not taken for another.</param>
    public TrackedFace(FaceBox box, int? slot)
    {
        LastSeen = box;
        before = box;
        Slot = slot;
    }

    /// <summary>The place among the faces that are followed; null for a face that is only watched.</summary>
    public int? Slot { get; }

    /// <summary>The landmarks in the current frame; null when it is lost, or only watched.</summary>
    public FaceLandmarks? Landmarks { get; private set; }

    /// <summary>The box around its landmarks when it was last seen.</summary>
    public FaceBox LastSeen { get; private set; }

    /// <summary>How far its middle has moved from the frame before, in pixels.</summary>
    public float Moved => Distance(before, LastSeen);

    /// <summary>The number of frames since it was last seen.</summary>
    public int FramesUnseen { get; private set; }

    /// <summary>Moves it to where it is in the current frame.</summary>
    /// <param name="landmarks">Its landmarks; null when it was lost.</param>
    public void MoveTo(FaceLandmarks? landmarks)
    {
        Landmarks = landmarks;
        if (landmarks is not null)
        {
            See(FaceBox.Around(landmarks));
        }
    }

    /// <summary>Detects it in the current frame.</summary>
    /// <param name="face">What was detected.</param>
    public void Find(DetectedFace face)
    {
        Landmarks = Slot is null ? null : face.Landmarks;
        See(FaceBox.Around(face.Landmarks));
    }

    /// <summary>Loses it in the current frame: its landmarks were those of another face.</summary>
    public void Lose()
    {
        Landmarks = null;
        LastSeen = before;
        FramesUnseen++;
    }

    /// <summary>Goes on to the next frame.</summary>
    public void Advance()
    {
        if (Landmarks is null)
        {
            FramesUnseen++;
        }
    }

    /// <summary>How far another box lies from where it was seen, as a share of the way that it may have come; more than 1 is another face.</summary>
    public float WayTo(FaceBox box) =>
        Distance(LastSeen, box) / (Math.Max(LastSeen.Width, LastSeen.Height) * (1 + (FramesUnseen * SizesPerFrame)));

    private static float Distance(FaceBox one, FaceBox other) =>
        Vector2.Distance(new Vector2(one.CentreX, one.CentreY), new Vector2(other.CentreX, other.CentreY));

    private void See(FaceBox box)
    {
        before = LastSeen;
        LastSeen = box;
        FramesUnseen = 0;
    }
}

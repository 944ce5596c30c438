using Moda.Runtime.Imaging;

namespace Moda.Runtime.Faces.Tracking;

/// <summary>
/// The faces of a video's scene, and which of them are followed. Detected faces are assigned to faces of the scene one to one, so that a
/// face that is lost does not jump onto another one. Only one thread may use it at a time.
/// </summary>
internal sealed class SceneFaces
{
    /// <summary>A detected face with a larger intersection over union is the followed face.</summary>
    private const float SharedLimit = 0.3f;

    /// <summary>Followed faces with a larger intersection over union are one face.</summary>
    private const float DoubleLimit = 0.5f;

    private readonly FaceChoice choice;
    private readonly FaceSelection? selection;
    private readonly List<TrackedFace> faces = [];
    private int slots;

    /// <summary>One face is followed.</summary>
    /// <param name="choice">Which face, when a scene begins with several.</param>
    public SceneFaces(FaceChoice choice)
    {
        this.choice = choice;
        slots = 1;
    }

    /// <summary>
    /// Several faces are followed. The faces at the beginning of a scene are numbered from left to right, and those that come later in the
    /// order in which they come.
    /// </summary>
    /// <param name="selection">The numbers of the faces.</param>
    public SceneFaces(FaceSelection selection)
    {
        this.selection = selection;
        slots = selection.Numbers?.Count ?? 0;
    }

    /// <summary>The faces that are followed from the previous frame to this one.</summary>
    public IEnumerable<TrackedFace> Followed => faces.Where(face => face.Landmarks is not null);

    /// <summary>Whether any face is followed.</summary>
    public bool IsFollowing => Followed.Any();

    /// <summary>For how many frames the face that was lost last has not been seen; null when none is lost.</summary>
    public int? FramesMissing => faces.Where(face => face.Slot is not null && face.Landmarks is null).Min(face => (int?)face.FramesUnseen);

    /// <summary>Begins a scene: no face is known.</summary>
    public void Begin() => faces.Clear();

    /// <summary>The landmarks of each followed face in the current frame; null for one that is not there.</summary>
    public FaceLandmarks?[] Landmarks()
    {
        var landmarks = new FaceLandmarks?[slots];
        foreach (TrackedFace face in faces)
        {
            if (face.Slot is { } slot)
            {
                landmarks[slot] = face.Landmarks;
            }

            face.Advance();
        }

        return landmarks;
    }

    /// <summary>Loses faces that have moved onto another one. The face that moved less is the one that is seen.</summary>
    /// <returns>Whether there were any.</returns>
    public bool DropDoubles()
    {
        bool dropped = false;
        TrackedFace[] followed = [.. Followed];
        for (int one = 0; one < followed.Length; one++)
        {
            for (int other = one + 1; other < followed.Length; other++)
            {
                TrackedFace first = followed[one];
                TrackedFace second = followed[other];
                if (first.Landmarks is not null && second.Landmarks is not null && first.LastSeen.IntersectionOverUnion(second.LastSeen) > DoubleLimit)
                {
                    (first.Moved > second.Moved ? first : second).Lose();
                    dropped = true;
                }
            }
        }

        return dropped;
    }

    /// <summary>Compares the faces of the scene with those that were detected in the current frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="detected">The detected faces that are large enough.</param>
    public void Look(RgbImage frame, IReadOnlyList<DetectedFace> detected)
    {
        if (faces.Count == 0)
        {
            Meet(frame, detected);
            return;
        }

        List<DetectedFace> open = [.. detected];
        List<TrackedFace> missing = [.. faces];
        // Faces that are followed keep their own landmarks where the detector sees them, too.
        _ = TakePairs(
            missing,
            open,
            (face, found) => face.Landmarks is null ? float.MaxValue : 1 - face.LastSeen.IntersectionOverUnion(FaceBox.Around(found.Landmarks)),
            1 - SharedLimit);

        // The rest was lost, or its landmarks have left it, or the detector does not see it: rotated faces can still be followed.
        foreach ((TrackedFace face, DetectedFace found) in TakePairs(missing, open, (face, found) => face.WayTo(FaceBox.Around(found.Landmarks)), 1))
        {
            face.Find(found);
        }

        foreach (NumberedFace newcomer in NumberedFace.LeftToRight(open))
        {
            Add(newcomer.Face, isFollowed: selection is not null && IsSelected(faces.Count + 1));
        }
    }

    // Takes faces that belong together out of both lists: the nearest pair first, each face once.
    private static List<(TrackedFace Face, DetectedFace Found)> TakePairs(
        List<TrackedFace> missing, List<DetectedFace> open, Func<TrackedFace, DetectedFace, float> distance, float limit)
    {
        var taken = new List<(TrackedFace Face, DetectedFace Found)>();
        IEnumerable<(float Distance, TrackedFace Face, DetectedFace Found)> pairs =
            from face in missing
            from found in open
            let apart = distance(face, found)
            where apart <= limit
            orderby apart
            select (apart, face, found);
        foreach ((_, TrackedFace face, DetectedFace found) in pairs.ToArray())
        {
            if (missing.Contains(face) && open.Contains(found))
            {
                missing.Remove(face);
                open.Remove(found);
                taken.Add((face, found));
            }
        }

        return taken;
    }

    // The first faces of a scene.
    private void Meet(RgbImage frame, IReadOnlyList<DetectedFace> detected)
    {
        if (detected.Count == 0)
        {
            return;
        }

        DetectedFace? chosen = selection is null ? Choose(frame, detected) : null;
        foreach (NumberedFace face in NumberedFace.LeftToRight(detected))
        {
            Add(face.Face, chosen is null ? IsSelected(face.Number) : face.Face == chosen);
        }
    }

    // A chosen number may be larger than the number of faces in another scene. The largest face is then used.
    private DetectedFace Choose(RgbImage frame, IReadOnlyList<DetectedFace> detected)
    {
        try
        {
            return choice.Choose(frame, detected);
        }
        catch (FaceNotFoundException)
        {
            return default(FaceChoice).Choose(frame, detected);
        }
    }

    private bool IsSelected(int number) => selection!.Numbers is not { } numbers || numbers.Contains(number);

    private void Add(DetectedFace found, bool isFollowed)
    {
        int? slot = null;
        if (isFollowed)
        {
            int number = faces.Count + 1;
            slot = selection is null ? 0 : selection.Numbers?.Index().First(wanted => wanted.Item == number).Index ?? number - 1;
            slots = Math.Max(slots, slot.Value + 1);
        }

        var face = new TrackedFace(FaceBox.Around(found.Landmarks), slot);
        face.Find(found);
        faces.Add(face);
    }
}

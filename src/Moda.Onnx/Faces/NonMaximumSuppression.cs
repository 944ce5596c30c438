using Moda.Runtime.Faces;

namespace Moda.Onnx.Faces;

/// <summary>Of boxes that share much, the surest stays. Boxes include their last pixels, as insightface counts.</summary>
internal static class NonMaximumSuppression
{
    /// <summary>Boxes that share more than this, over what they cover together, are one face.</summary>
    public const float SharedLimit = 0.4f;

    /// <summary>Keeps the surest boxes.</summary>
    /// <param name="candidates">In any order.</param>
    /// <returns>The surest first.</returns>
    public static List<ScoredBox> Apply(IEnumerable<ScoredBox> candidates)
    {
        var kept = new List<ScoredBox>();
        foreach (ScoredBox candidate in candidates.OrderByDescending(candidate => candidate.Score))
        {
            FaceBox box = WithLastPixels(candidate.Box);
            if (kept.TrueForAll(other => WithLastPixels(other.Box).IntersectionOverUnion(box) <= SharedLimit))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }

    private static FaceBox WithLastPixels(FaceBox box) => box with { Width = box.Width + 1, Height = box.Height + 1 };
}

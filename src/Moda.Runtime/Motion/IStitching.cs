namespace Moda.Runtime.Motion;

/// <summary>LivePortrait's small networks over keypoints, as the host calls them.</summary>
internal interface IStitching
{
    /// <summary>What fits driven keypoints to the portrait.</summary>
    /// <param name="keypoints">[n, 126]: the portrait's 21 keypoints, then the driven ones.</param>
    /// <param name="delta">[n, 65]: takes what is added to the driven keypoints, then the shift of all along x and y.</param>
    void Stitch(ReadOnlySpan<float> keypoints, Span<float> delta);

    /// <summary>What opens or closes the lips.</summary>
    /// <param name="keypoints">[n, 65]: the portrait's keypoints, how far its lips are open, and how far they are to be.</param>
    /// <param name="delta">[n, 63]: takes what is added to the keypoints.</param>
    void RetargetLip(ReadOnlySpan<float> keypoints, Span<float> delta);

    /// <summary>What opens or closes the eyes.</summary>
    /// <param name="keypoints">[n, 66]: the portrait's keypoints, how far its left and right eye are open, and how far both are to be.</param>
    /// <param name="delta">[n, 63]: takes what is added to the keypoints.</param>
    void RetargetEyes(ReadOnlySpan<float> keypoints, Span<float> delta);
}

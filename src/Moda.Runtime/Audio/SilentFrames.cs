namespace Moda.Runtime.Audio;

/// <summary>The number of video frames of silence added around the speech. These frames are generated with the speech and then removed.</summary>
/// <param name="Before">Frames before the speech.</param>
/// <param name="After">Frames after the speech.</param>
internal readonly record struct SilentFrames(int Before, int After)
{
    /// <summary>The frames of one silence. When silence is added at both ends, both have the same length.</summary>
    public int Each => Math.Max(Before, After);

    /// <summary>The frames of all silence.</summary>
    public int Total => Before + After;
}

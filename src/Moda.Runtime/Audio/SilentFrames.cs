namespace Moda.Runtime.Audio;

/// <summary>Video frames of added silence around the speech: they are generated with it and cut off again.</summary>
/// <param name="Before">Frames before the speech.</param>
/// <param name="After">Frames after the speech.</param>
internal readonly record struct SilentFrames(int Before, int After)
{
    /// <summary>Frames of one stretch of silence: both are equally long where there are two.</summary>
    public int Each => Math.Max(Before, After);
}

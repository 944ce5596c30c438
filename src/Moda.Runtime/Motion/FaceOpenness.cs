using System.Numerics;

namespace Moda.Runtime.Motion;

/// <summary>How far eyes and lips are open, as height over width, from LivePortrait's 203 landmarks.</summary>
/// <remarks>Reference: <c>retargeting_utils.py</c>.</remarks>
internal static class FaceOpenness
{
    /// <summary>How many landmarks this is read from.</summary>
    public const int LandmarkCount = 203;

    private const double Epsilon = 1e-6;

    /// <summary>The lips' opening.</summary>
    /// <param name="landmarks">203 points.</param>
    public static float Lip(ReadOnlySpan<Vector2> landmarks) => Ratio(landmarks, 90, 102, 48, 66);

    /// <summary>The opening of the left eye, then of the right one.</summary>
    /// <param name="landmarks">203 points.</param>
    public static Vector2 Eyes(ReadOnlySpan<Vector2> landmarks) =>
        new(Ratio(landmarks, 6, 18, 0, 12), Ratio(landmarks, 30, 42, 24, 36));

    private static float Ratio(ReadOnlySpan<Vector2> landmarks, int top, int bottom, int left, int right)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(landmarks.Length, LandmarkCount, nameof(landmarks));
        return (float)(Vector2.Distance(landmarks[top], landmarks[bottom])
            / (Vector2.Distance(landmarks[left], landmarks[right]) + Epsilon));
    }
}

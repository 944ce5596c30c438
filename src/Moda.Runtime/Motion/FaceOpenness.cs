using System.Numerics;

namespace Moda.Runtime.Motion;

/// <summary>
/// How far eyes and lips are open, as height over width: from LivePortrait's 203 landmarks, or nearly the same from 68.
/// </summary>
/// <remarks>Reference for 203: <c>retargeting_utils.py</c>. The built-in face analyzer finds 68.</remarks>
internal static class FaceOpenness
{
    /// <summary>How many landmarks the reference reads this from.</summary>
    public const int LandmarkCount = 203;

    /// <summary>How many landmarks serve as well where there are no 203.</summary>
    public const int CoarseLandmarkCount = 68;

    private const double Epsilon = 1e-6;

    /// <summary>Whether openings can be read from so many landmarks.</summary>
    public static bool Reads(int landmarks) => landmarks is LandmarkCount or CoarseLandmarkCount;

    /// <summary>The lips' opening.</summary>
    /// <param name="landmarks">203 or 68 points.</param>
    public static float Lip(ReadOnlySpan<Vector2> landmarks) =>
        IsCoarse(landmarks) ? Ratio(landmarks[62], landmarks[66], landmarks[48], landmarks[54]) : Ratio(landmarks[90], landmarks[102], landmarks[48], landmarks[66]);

    /// <summary>The opening of the left eye, then of the right one.</summary>
    /// <param name="landmarks">203 or 68 points.</param>
    public static Vector2 Eyes(ReadOnlySpan<Vector2> landmarks) => IsCoarse(landmarks)
        ? new(CoarseEye(landmarks[36..42]), CoarseEye(landmarks[42..48]))
        : new(
            Ratio(landmarks[6], landmarks[18], landmarks[0], landmarks[12]),
            Ratio(landmarks[30], landmarks[42], landmarks[24], landmarks[36]));

    private static bool IsCoarse(ReadOnlySpan<Vector2> landmarks) => Reads(landmarks.Length)
        ? landmarks.Length == CoarseLandmarkCount
        : throw new ArgumentException($"Openings are read from {LandmarkCount} or {CoarseLandmarkCount} landmarks, not {landmarks.Length}.", nameof(landmarks));

    // Six points around the eye, from its left corner clockwise; the lids' middles lie between two of them each.
    private static float CoarseEye(ReadOnlySpan<Vector2> eye) => Ratio((eye[1] + eye[2]) / 2, (eye[4] + eye[5]) / 2, eye[0], eye[3]);

    private static float Ratio(Vector2 top, Vector2 bottom, Vector2 left, Vector2 right) =>
        (float)(Vector2.Distance(top, bottom) / (Vector2.Distance(left, right) + Epsilon));
}

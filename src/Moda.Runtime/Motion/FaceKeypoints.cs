using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>Which of the 21 implicit keypoints move which part of the face, as LivePortrait found them.</summary>
internal static class FaceKeypoints
{
    private static readonly int[] LipKeypoints = [6, 12, 14, 17, 19, 20];
    private static readonly int[] EyeKeypoints = [11, 13, 15, 16, 18];

    // What an expression may move without changing who the face is: whole keypoints, then single axes of others.
    private static readonly int[] ExpressionKeypoints = [1, 2, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    private static readonly (int Keypoint, int Axis)[] ExpressionAxes = [(3, 1), (4, 1), (5, 2), (8, 2), (9, 1), (9, 2)];

    /// <summary>The keypoints of the lips.</summary>
    public static ReadOnlySpan<int> Lip => LipKeypoints;

    /// <summary>The keypoints of the eyes.</summary>
    public static ReadOnlySpan<int> Eyes => EyeKeypoints;

    /// <summary>Which of the expression's 63 values a region takes from the driving motion.</summary>
    /// <param name="region">The animated region.</param>
    /// <param name="relative">
    /// Whether the motion's change is taken: then the whole expression follows; taken as it is, only what does not change
    /// the face's identity.
    /// </param>
    public static bool[] ExpressionMask(AnimationRegion region, bool relative)
    {
        bool[] mask = new bool[MotionLayout.KeypointLength];
        switch (region)
        {
            case AnimationRegion.All or AnimationRegion.Expression when relative:
                Array.Fill(mask, true);
                break;
            case AnimationRegion.All or AnimationRegion.Expression:
                Mark(mask, ExpressionKeypoints);
                foreach ((int keypoint, int axis) in ExpressionAxes)
                {
                    mask[3 * keypoint + axis] = true;
                }
                break;
            case AnimationRegion.Lip:
                Mark(mask, LipKeypoints);
                break;
            case AnimationRegion.Eyes:
                Mark(mask, EyeKeypoints);
                break;
        }
        return mask;
    }

    private static void Mark(bool[] mask, int[] keypoints)
    {
        foreach (int keypoint in keypoints)
        {
            mask.AsSpan(3 * keypoint, 3).Fill(true);
        }
    }
}

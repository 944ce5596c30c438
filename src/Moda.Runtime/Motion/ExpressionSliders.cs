using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>What each slider of <see cref="FacePose"/> adds to an expression.</summary>
/// <remarks>Reference: <c>update_delta_new_*</c> of LivePortrait's <c>gradio_pipeline.py</c>, whose numbers these are.</remarks>
internal static class ExpressionSliders
{
    private static readonly (int Keypoint, int Axis, float Factor)[] Smile =
        [(20, 1, -0.01f), (14, 1, -0.02f), (17, 1, 0.0065f), (17, 2, 0.003f), (13, 1, -0.00275f), (16, 1, -0.00275f), (3, 1, -0.0035f), (7, 1, -0.0035f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] Wink =
        [(11, 1, 0.001f), (13, 1, -0.0003f), (17, 0, 0.0003f), (17, 1, 0.0003f), (3, 1, -0.0003f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] BrowsUp = [(1, 1, 0.001f), (2, 1, -0.001f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] BrowsDown =
        [(1, 0, -0.001f), (2, 0, 0.001f), (1, 1, 0.0003f), (2, 1, -0.0003f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] Pout = [(19, 0, 1)];

    private static readonly (int Keypoint, int Axis, float Factor)[] Purse =
        [(14, 1, 0.001f), (3, 1, -0.0005f), (7, 1, -0.0005f), (17, 2, -0.0005f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] Grin = [(20, 2, -0.001f), (20, 1, -0.001f), (14, 1, -0.001f)];

    private static readonly (int Keypoint, int Axis, float Factor)[] LipParting = [(19, 1, 0.001f), (19, 2, 0.0001f), (17, 1, -0.0001f)];

    // Moving the head moves this keypoint of the neck's other end.
    private static readonly (int Keypoint, int Axis, float Factor)[] X = [(5, 0, -1)];

    private static readonly (int Keypoint, int Axis, float Factor)[] Y = [(5, 1, 1)];

    /// <summary>Adds what the sliders say.</summary>
    /// <param name="pose">The sliders; head pose, zoom and openings are no part of an expression.</param>
    /// <param name="expression">[21, 3], changed in place.</param>
    public static void Add(in FacePose pose, Span<float> expression)
    {
        Gaze.Turn(expression, new Vector2((float)pose.GazeX, (float)pose.GazeY));
        Add(expression, Smile, pose.Smile);
        Add(expression, Wink, pose.Wink);
        Add(expression, pose.Eyebrow > 0 ? BrowsUp : BrowsDown, pose.Eyebrow);
        Add(expression, Pout, pose.Pout);
        Add(expression, Purse, pose.Purse);
        Add(expression, Grin, pose.Grin);
        Add(expression, LipParting, pose.LipParting);
        Add(expression, X, pose.X);
        Add(expression, Y, pose.Y);
    }

    private static void Add(Span<float> expression, ReadOnlySpan<(int Keypoint, int Axis, float Factor)> places, double slider)
    {
        foreach ((int keypoint, int axis, float factor) in places)
        {
            expression[3 * keypoint + axis] += (float)slider * factor;
        }
    }
}

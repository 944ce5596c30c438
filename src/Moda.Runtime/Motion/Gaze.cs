using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>Turns the eyeballs: a change of direction moves them, and a look downwards lowers the lids.</summary>
/// <remarks>Reference: <c>MotionProcesser.update_delta_new_eyeball_direction</c>.</remarks>
internal static class Gaze
{
    private const float Step = 0.001f;
    private const float InwardStep = 0.0007f;
    private const float LidStep = 0.0003f;

    private const int RightBall = 11;
    private const int RightLid = 13;
    private const int LeftBall = 15;
    private const int LeftLid = 16;

    /// <summary>Adds a direction to an expression.</summary>
    /// <param name="expression">[21, 3].</param>
    /// <param name="direction">Positive x and y as in <see cref="DrivingOptions.Gaze"/>.</param>
    public static void Turn(Span<float> expression, Vector2 direction)
    {
        expression[3 * RightBall] += direction.X * (direction.X > 0 ? InwardStep : Step);
        expression[3 * LeftBall] += direction.X * (direction.X > 0 ? Step : InwardStep);
        float lids = -direction.Y / 2;
        float balls = -Step * (direction.Y + lids);
        expression[3 * RightBall + 1] += balls;
        expression[3 * LeftBall + 1] += balls;
        expression[3 * RightLid + 1] += lids * LidStep;
        expression[3 * LeftLid + 1] += lids * LidStep;
    }
}

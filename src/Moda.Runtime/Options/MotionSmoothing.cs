using Moda.Runtime.Motion;

namespace Moda.Runtime.Options;

/// <summary>How motion is smoothed before it drives keypoints.</summary>
public enum MotionSmoothing
{
    /// <summary>Not at all, the reference's default.</summary>
    None,

    /// <summary>Scale, translation and head pose by an <see cref="Motion.ExponentialMovingAverage"/>.</summary>
    ExponentialMovingAverage,

    /// <summary>Expression and rotation by a <see cref="KalmanSmoother"/>.</summary>
    Kalman,
}

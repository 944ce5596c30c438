using System.Numerics;
using Moda.Runtime.Options;

namespace Moda.Runtime.Motion;

/// <summary>Drives a portrait's keypoints by motion: what of expression and pose is taken, then stitching.</summary>
/// <remarks>Reference: <c>MotionProcesser.driven</c>; Algorithm 1 of LivePortrait (Guo et al., 2024).</remarks>
internal sealed class KeypointDriver
{
    private readonly DrivingOptions options;
    private readonly IStitching? stitching;

    /// <summary>Prepares driving.</summary>
    /// <param name="options">How.</param>
    /// <param name="stitching">The networks over keypoints; null where the options need none.</param>
    /// <exception cref="ArgumentException">The options need networks and there are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is NaN or out of range.</exception>
    public KeypointDriver(DrivingOptions options, IStitching? stitching)
    {
        options.Validate();
        if (stitching is null && (options.Stitching || options.NormalizeLip || options.NormalizeEyes))
        {
            throw new ArgumentException(
                "Stitching, lip and eye normalisation take the stitching networks; turn them off where there are none.", nameof(stitching));
        }
        this.options = options;
        this.stitching = stitching;
    }

    /// <summary>Whether a frame's keypoints depend on frames behind it, so that motion can't be driven piece by piece.</summary>
    public bool NeedsWholeMotion => options.Smoothing == MotionSmoothing.Kalman;

    /// <summary>Drives a portrait.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="motion">Denormalised motion.</param>
    /// <param name="landmarks">The portrait's 203 landmarks; needed only by <see cref="DrivingOptions.NormalizeLip"/> and <see cref="DrivingOptions.NormalizeEyes"/>.</param>
    public DrivingKeypoints Drive(SourceKeypoints source, MotionSequence motion, ReadOnlySpan<Vector2> landmarks = default) =>
        Begin(source, landmarks).Drive(motion);

    /// <summary>Begins to drive a portrait by motion that comes in pieces.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="landmarks">As in <see cref="Drive"/>.</param>
    public PortraitAnimation Begin(SourceKeypoints source, ReadOnlySpan<Vector2> landmarks = default) =>
        new(options, stitching, source, landmarks);
}

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
        if (stitching is null && (options.Stitching || options.NormalizeLip || options.NormalizeEyes || options.IsRetargeting))
        {
            throw new ArgumentException(
                "Stitching, and opening or closing eyes and lips take the stitching networks; turn them off where there are none.", nameof(stitching));
        }
        this.options = options;
        this.stitching = stitching;
    }

    /// <summary>Whether a frame's keypoints depend on frames behind it, so that motion can't be driven piece by piece.</summary>
    public bool NeedsWholeMotion => options.Smoothing == MotionSmoothing.Kalman;

    /// <summary>Drives a portrait.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="motion">Denormalised motion.</param>
    /// <param name="landmarks">203 or 68 landmarks of the portrait, for options that open or close eyes and lips.</param>
    public DrivingKeypoints Drive(SourceKeypoints source, MotionSequence motion, ReadOnlySpan<Vector2> landmarks = default) =>
        Begin(source, landmarks).Drive(motion);

    /// <summary>Drives a portrait by a template; one of a single frame is a photo, which is compared with a face at rest.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="motion">The template.</param>
    /// <param name="landmarks">203 or 68 landmarks of the portrait, for options that open or close eyes and lips.</param>
    public DrivingKeypoints Drive(SourceKeypoints source, MotionTemplate motion, ReadOnlySpan<Vector2> landmarks = default) =>
        Begin(source, landmarks, isPhoto: motion.Frames == 1).Drive(motion);

    /// <summary>Drives the face of a video, frame by frame, by a template.</summary>
    /// <param name="source">What was read from the video, with its keypoints.</param>
    /// <param name="motion">The template.</param>
    /// <param name="isPhoto">Whether the motion is one picture's, which drives every frame.</param>
    /// <returns>As many frames as both have; all of the video for a photo.</returns>
    public DrivingKeypoints Drive(MotionTemplate source, MotionTemplate motion, bool isPhoto) =>
        Begin(AnimatedFace.Video(source), isPhoto).Drive(motion);

    /// <summary>Begins to drive a portrait by motion that comes in pieces.</summary>
    /// <param name="source">The portrait's keypoints.</param>
    /// <param name="landmarks">203 or 68 landmarks of the portrait, for options that open or close eyes and lips.</param>
    /// <param name="isPhoto">Whether the motion is one picture's.</param>
    public PortraitAnimation Begin(SourceKeypoints source, ReadOnlySpan<Vector2> landmarks = default, bool isPhoto = false) =>
        Begin(AnimatedFace.Portrait(source, landmarks), isPhoto);

    private PortraitAnimation Begin(AnimatedFace face, bool isPhoto) => new(options, stitching, face, isPhoto);
}

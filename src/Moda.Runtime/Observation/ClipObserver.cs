using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;

namespace Moda.Runtime.Observation;

/// <summary>
/// Receives what each stage of a clip computes, for tests and for parity with the reference. A clip without an observer computes and keeps
/// nothing for it.
/// </summary>
/// <remarks>
/// The motion of an observed clip is made in one piece, so each of its values is received once. The methods are called on threads of the
/// engine and of the clip, <see cref="ReceiveCrop"/> by several at once. Spans are valid during the call only.
/// </remarks>
internal abstract class ClipObserver
{
    /// <summary>The numbers of the frames to render; null for all.</summary>
    public virtual IReadOnlySet<int>? Frames => null;

    /// <summary>Receives the portrait's keypoints where they are in the picture.</summary>
    /// <param name="keypoints">[21, 3].</param>
    public virtual void ReceiveSourceKeypoints(ReadOnlySpan<float> keypoints)
    {
    }

    /// <summary>Receives the motion that stands before the first frame.</summary>
    /// <param name="motion">One frame, [70], and the portrait's scale.</param>
    public virtual void ReceivePreviousMotion(PreviousMotion motion)
    {
    }

    /// <summary>Receives what the audio encoder makes of a piece of speech.</summary>
    /// <param name="embedding">[frames, layers x channels].</param>
    public virtual void ReceiveAudioEmbedding(ReadOnlySpan<float> embedding)
    {
    }

    /// <summary>Receives the motion as it was sampled: normalised, silent frames included.</summary>
    /// <param name="motion">[frames, 70].</param>
    public virtual void ReceiveSampledMotion(MotionSequence motion)
    {
    }

    /// <summary>Receives the motion once the lips are modulated and the silent frames cut off; still normalised.</summary>
    /// <param name="motion">[frames, 70].</param>
    public virtual void ReceiveModulatedMotion(MotionSequence motion)
    {
    }

    /// <summary>Receives the motion in the units of the motion extractor.</summary>
    /// <param name="motion">[frames, 70].</param>
    public virtual void ReceiveMotion(MotionSequence motion)
    {
    }

    /// <summary>Receives where the motion puts the portrait's keypoints.</summary>
    /// <param name="keypoints">[frames, 21, 3].</param>
    public virtual void ReceiveDrivingKeypoints(DrivingKeypoints keypoints)
    {
    }

    /// <summary>Receives a rendered face before it is pasted back.</summary>
    /// <param name="frame">The frame's number.</param>
    /// <param name="crop">The face; the observer may keep it.</param>
    public virtual void ReceiveCrop(int frame, RgbImage crop)
    {
    }
}

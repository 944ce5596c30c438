using Moda.Runtime.Progress;
using Moda.Runtime.Workers;

namespace Moda.Runtime.Scheduling;

/// <summary>
/// What an engine's scheduler and threads see of a clip. Any thread may ask. A clip changes and may end at any time, so two answers may belong
/// to different moments.
/// </summary>
internal interface IEngineClip
{
    /// <summary>Whether it is live.</summary>
    bool IsLive { get; }

    /// <summary>Whether it is live and its first frame has been read, so that it is known when the others are due.</summary>
    bool IsPlaying { get; }

    /// <summary>Whether it has ended: none of its work needs to be done any more.</summary>
    bool HasEnded { get; }

    /// <summary>Frames that could be taken now.</summary>
    int AvailableFrames { get; }

    /// <summary>When the next frame is due, in seconds of the engine's clock: before all others where a live clip is not playing yet.</summary>
    double FrameDue { get; }

    /// <summary>When the first frame is due whose motion is not known; null for a clip that is not live.</summary>
    double? MotionDue { get; }

    /// <summary>Whether it has not got all of its motion yet.</summary>
    bool NeedsMoreMotion { get; }

    /// <summary>
    /// Whether the next segment should be sampled at once: a live clip is about to begin, or an offline one has hardly a frame left to render.
    /// </summary>
    bool IsPressedForMotion { get; }

    /// <summary>How long each stage has been at work so far.</summary>
    StageTimes Times { get; }

    /// <summary>Takes the next frame to render it.</summary>
    /// <param name="now">Seconds of the engine's clock.</param>
    /// <param name="patience">How long an offline clip then waits for its next frame, in seconds, while others need all there is.</param>
    /// <param name="frame">The frame; it is prepared, then delivered or dropped.</param>
    /// <returns>False if there is no frame, that is while <see cref="AvailableFrames"/> is 0.</returns>
    bool TryTakeFrame(double now, double patience, out ClipFrame frame);

    /// <summary>Says how a frame that was taken is to be made, and finds a buffer for it.</summary>
    FrameOrder Prepare(in ClipFrame frame);

    /// <summary>A frame that was taken is finished.</summary>
    void Deliver(in ClipFrame frame, byte[] pixels);

    /// <summary>A frame that was taken could not be made.</summary>
    void Drop(in ClipFrame frame, Exception failure);
}

using Moda.Runtime.Media;
using Moda.Runtime.Options;

namespace Moda.Runtime.Planning;

/// <summary>
/// What a clip will take: frames, times and memory, as <see cref="TalkingHeadEngine.PlanAsync"/> computes them from measured forwards. Times
/// hold while the engine does nothing else. They end with the frames on the host: encoding and writing a video come on top.
/// </summary>
public sealed record ClipPlan
{
    /// <summary>Size and rate of the frames.</summary>
    public required VideoFormat Format { get; init; }

    /// <summary>Frames of the clip.</summary>
    public required int Frames { get; init; }

    /// <summary>Frames of added silence. Their motion is generated with the clip's and cut off; they are not rendered.</summary>
    public required int SilentFrames { get; init; }

    /// <summary>Segments of motion that are sampled.</summary>
    public required int Segments { get; init; }

    /// <summary>Pieces of the voice that are encoded.</summary>
    public required int Pieces { get; init; }

    /// <summary>How long the voice is being encoded.</summary>
    public required TimeSpan EncodingVoice { get; init; }

    /// <summary>
    /// How long motion is being sampled. On a GPU, segments that are sampled while frames are rendered take longer than that; the frames wait for
    /// them, so that <see cref="Total"/> is the same.
    /// </summary>
    public required TimeSpan GeneratingMotion { get; init; }

    /// <summary>How long at least one worker is rendering. On a GPU it overlaps with <see cref="GeneratingMotion"/> and <see cref="PastingBack"/>.</summary>
    public required TimeSpan Rendering { get; init; }

    /// <summary>How long frames are being copied to the host, and pasted back where the host does that.</summary>
    public required TimeSpan PastingBack { get; init; }

    /// <summary>From the first read of the clip to its first frame, on an engine that has made such a clip before.</summary>
    public required TimeSpan FirstFrame { get; init; }

    /// <summary>From the first read of the clip to its last frame, on an engine that has made such a clip before.</summary>
    public required TimeSpan Total { get; init; }

    /// <summary>
    /// What the first such clip of a fresh engine takes in addition to <see cref="FirstFrame"/> and <see cref="Total"/>: forwards are planned, code
    /// is compiled, a GPU's graphs are recorded. This engine has done that by now. Zero where it had been done before this plan.
    /// </summary>
    public TimeSpan FirstUse => FirstUseStages.Sum;

    /// <summary>
    /// Bytes that the engine holds on its device while it makes the clip, portraits and clips of others included. On a CPU these are the host's.
    /// What a GPU's driver keeps for itself, some hundred MB, is not included.
    /// </summary>
    public required long DeviceBytes { get; init; }

    /// <summary>The most bytes of host memory that the clip holds, as <see cref="TalkingClip.HostBytes"/> counts them.</summary>
    public required long HostBytes { get; init; }

    /// <summary>Why the first frame comes late or the clip cannot be watched while it is made; none where it streams.</summary>
    public required StreamingObstacles Obstacles { get; init; }

    /// <summary>Where the times come from.</summary>
    public required PlanSource Source { get; init; }

    /// <summary>Seconds of the clip that are made in a second; below 1 the clip takes longer than it lasts.</summary>
    public double RealtimeFactor => Frames / (double)GenerationOptions.FramesPerSecond / Total.TotalSeconds;

    /// <summary>How <see cref="FirstUse"/> is spread over the stages.</summary>
    internal StageSeconds FirstUseStages { get; init; }
}

/// <summary>What keeps a clip from being watched while it is made.</summary>
[Flags]
public enum StreamingObstacles
{
    /// <summary>Nothing: the first frame comes after one segment of motion, and the others as fast as they are shown.</summary>
    None = 0,

    /// <summary>
    /// Silence is added (<see cref="AudioPreparationOptions.Silence"/>): lips are scaled by the most that they move anywhere, so all motion is
    /// generated before the first frame. <see cref="SilenceMode.None"/> removes it.
    /// </summary>
    AddedSilence = 1,

    /// <summary>The Kalman smoother (<see cref="DrivingOptions.Smoothing"/>) looks at all motion before the first frame.</summary>
    KalmanSmoothing = 2,

    /// <summary>Frames are made slower than they are shown, so a player that begins with the first frame has to wait later.</summary>
    SlowerThanShown = 4,
}

/// <summary>Where the times of a <see cref="ClipPlan"/> come from.</summary>
public enum PlanSource
{
    /// <summary><see cref="TalkingHeadEngine.WarmUpAsync"/> measured motion and frames; pieces of voice as long as the clip's were measured by a plan.</summary>
    WarmUp,

    /// <summary>An earlier plan with such options measured them.</summary>
    EarlierPlan,

    /// <summary>This plan ran at least one segment, piece of voice or batch of frames, and measured it.</summary>
    ThisPlan,
}

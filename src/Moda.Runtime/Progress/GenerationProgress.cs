namespace Moda.Runtime.Progress;

/// <summary>The stages of an engine's work, in the order in which each begins. Those of a clip overlap.</summary>
public enum GenerationStage
{
    /// <summary>Reading and packing weights; in networks.</summary>
    LoadingWeights,

    /// <summary>The first pass over a video that is dubbed; in frames.</summary>
    TrackingFace,

    /// <summary>Reading the motion of a driving video; in frames.</summary>
    ReadingMotion,

    /// <summary>Audio features; in video frames.</summary>
    EncodingAudio,

    /// <summary>Sampling of motion; in video frames.</summary>
    GeneratingMotion,

    /// <summary>Warping and decoding, and what the device does of pasting back; in frames.</summary>
    RenderingFrames,

    /// <summary>What the host does of pasting back; in frames. It is timed but not reported: a frame counts as rendered when it is done.</summary>
    PastingFrames,
}

/// <summary>How far a stage has come.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Completed">Units done.</param>
/// <param name="Total">Units in all; 0 while that is not known.</param>
public readonly record struct GenerationProgress(GenerationStage Stage, int Completed, int Total);

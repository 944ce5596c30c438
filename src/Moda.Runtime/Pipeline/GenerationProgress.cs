namespace Moda.Runtime;

/// <summary>The stages of a generation, in their order.</summary>
public enum GenerationStage
{
    /// <summary>Reading, checking and packing weights; in tensors.</summary>
    LoadingWeights,

    /// <summary>Appearance and keypoints of the portrait; one unit.</summary>
    EncodingPortrait,

    /// <summary>Audio features; in video frames.</summary>
    EncodingAudio,

    /// <summary>Sampling of motion; in segments.</summary>
    GeneratingMotion,

    /// <summary>Warping, decoding and pasting back; in frames.</summary>
    RenderingFrames,
}

/// <summary>How far a stage has come.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Completed">Units done.</param>
/// <param name="Total">Units in all.</param>
public readonly record struct GenerationProgress(GenerationStage Stage, int Completed, int Total);

namespace Moda.Runtime.Progress;

/// <summary>The stages of an engine's work, in the order in which they begin. The stages of one clip overlap.</summary>
public enum GenerationStage
{
    /// <summary>Weights are read and packed for the device. Counted in networks.</summary>
    LoadingWeights,

    /// <summary>The face of a video that is dubbed is followed: the first pass. Counted in frames.</summary>
    TrackingFace,

    /// <summary>The motion of a driving video is read. Counted in frames.</summary>
    ReadingMotion,

    /// <summary>The voice is encoded. Counted in the video frames that it lasts, added silence included.</summary>
    EncodingAudio,

    /// <summary>Motion is sampled. Counted in video frames, added silence included.</summary>
    GeneratingMotion,

    /// <summary>Frames are rendered, and pasted back where the device does that. Counted in frames, when the reader gets them.</summary>
    RenderingFrames,

    /// <summary>Frames are pasted back on the host. This stage is timed but never reported: a frame counts as rendered once it is pasted.</summary>
    PastingFrames,
}

/// <summary>How far a stage has come. <see cref="GenerationStage"/> says what it counts.</summary>
/// <param name="Stage">Which stage.</param>
/// <param name="Completed">Units done.</param>
/// <param name="Total">
/// Units in all; 0 while that is not known. It is known from the first report on where a voice is a <c>SoundTrack</c>, its <c>OpenSpeech</c> or a
/// <c>Waveform</c>, and where motion drives a portrait. It is 0 for <see cref="GenerationStage.TrackingFace"/>, since files do not say reliably
/// how many frames they have, and for an <c>ISampleReader</c> of your own until its end has been read.
/// </param>
public readonly record struct GenerationProgress(GenerationStage Stage, int Completed, int Total);

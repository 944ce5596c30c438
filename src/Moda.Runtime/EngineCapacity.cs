using Moda.Runtime.Options;
using Moda.Weights;

namespace Moda.Runtime;

/// <summary>What an engine can do, as <see cref="TalkingHeadEngine.WarmUpAsync"/> has measured it.</summary>
/// <param name="LiveClips">Live clips that it serves in time at once, with a tenth of its time in reserve; 0 where it is too slow for one.</param>
/// <param name="FramesPerSecond">Frames that it renders in a second, in full batches, while it does nothing else.</param>
/// <param name="SegmentsPerSecond">Segments of motion that it samples in a second, in full batches, while it does nothing else.</param>
/// <param name="VoiceRate">Seconds of voice that it encodes in a second, while it does nothing else.</param>
public sealed record EngineCapacity(int LiveClips, double FramesPerSecond, double SegmentsPerSecond, double VoiceRate)
{
    /// <summary>The share of the device's time that live clips may take. The rest absorbs work that comes unevenly.</summary>
    private const double Share = 0.9;

    /// <summary>Derives how many live clips fit.</summary>
    /// <param name="framesPerSecond">Frames that are rendered in a second.</param>
    /// <param name="segmentsPerSecond">Segments that are sampled in a second.</param>
    /// <param name="voiceRate">Seconds of voice that are encoded in a second.</param>
    /// <param name="segmentFrames">Frames that a segment adds to its clip.</param>
    internal static EngineCapacity Measured(double framesPerSecond, double segmentsPerSecond, double voiceRate, int segmentFrames)
    {
        const double Rate = GenerationOptions.FramesPerSecond;

        // Seconds of the device that a second of a live clip takes: its frames, its motion and its voice, one after another.
        double seconds = (Rate / framesPerSecond) + (Rate / segmentFrames / segmentsPerSecond) + (1 / voiceRate);
        return new EngineCapacity((int)(Share / seconds), framesPerSecond, segmentsPerSecond, voiceRate);
    }
}

/// <summary>The engine already serves as many live clips as it can make in time.</summary>
public sealed class EngineFullException : ModaException
{
    /// <summary>Says how many that is.</summary>
    /// <param name="liveClips">The engine's live clips.</param>
    public EngineFullException(int liveClips)
        : base($"The engine serves {liveClips} live clips, as many as it can in time. Wait until one has ended "
            + $"({nameof(GenerationOptions)}.{nameof(GenerationOptions.WhenFull)} = {nameof(WhenFull)}.{nameof(WhenFull.Wait)} does), "
            + "make the clip offline, or use another engine.") => LiveClips = liveClips;

    /// <summary>The engine's live clips.</summary>
    public int LiveClips { get; }
}

using Moda.Runtime.Options;
using Moda.Weights;

namespace Moda.Runtime;

/// <summary>What an engine can do, as it was measured when it was warmed up.</summary>
/// <param name="LiveClips">Live clips that it serves in time at once, with a reserve of a tenth; 0 where it is too slow for one.</param>
/// <param name="FramesPerSecond">Frames that it renders in a second, in whole batches, when nothing else is to be done.</param>
/// <param name="SegmentsPerSecond">Segments of motion that it samples in a second, in whole batches, when nothing else is to be done.</param>
/// <param name="VoiceRate">Seconds of voice that it encodes in a second, when nothing else is to be done.</param>
public sealed record EngineCapacity(int LiveClips, double FramesPerSecond, double SegmentsPerSecond, double VoiceRate)
{
    /// <summary>The share of the device's time that live clips may take: the rest is for what comes unevenly.</summary>
    private const double Share = 0.9;

    /// <summary>Derives how many live clips fit.</summary>
    /// <param name="framesPerSecond">Frames that are rendered in a second.</param>
    /// <param name="segmentsPerSecond">Segments that are sampled in a second.</param>
    /// <param name="voiceRate">Seconds of voice that are encoded in a second.</param>
    /// <param name="segmentFrames">Frames that a segment adds to its clip.</param>
    internal static EngineCapacity Measured(double framesPerSecond, double segmentsPerSecond, double voiceRate, int segmentFrames)
    {
        const double Rate = GenerationOptions.FramesPerSecond;

        // What a second of a live clip takes of the device: all three share it.
        double seconds = (Rate / framesPerSecond) + (Rate / segmentFrames / segmentsPerSecond) + (1 / voiceRate);
        return new EngineCapacity((int)(Share / seconds), framesPerSecond, segmentsPerSecond, voiceRate);
    }
}

/// <summary>An engine serves as many live clips as it can in time already.</summary>
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

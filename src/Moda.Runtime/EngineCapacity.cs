using System.Globalization;
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

    /// <summary>Frames that a segment adds to its clip.</summary>
    internal int SegmentFrames { get; private init; }

    /// <summary>The steps of the segments that were measured.</summary>
    internal int Steps { get; private init; }

    // Seconds of the device that a second of a live clip takes: its frames, its motion and its voice, one after another.
    private double ClipSeconds => FrameSeconds + (GenerationOptions.FramesPerSecond / (SegmentFrames * SegmentsPerSecond)) + (1 / VoiceRate);

    private double FrameSeconds => GenerationOptions.FramesPerSecond / FramesPerSecond;

    /// <summary>Derives how many live clips fit.</summary>
    /// <param name="framesPerSecond">Frames that are rendered in a second.</param>
    /// <param name="segmentsPerSecond">Segments that are sampled in a second.</param>
    /// <param name="voiceRate">Seconds of voice that are encoded in a second.</param>
    /// <param name="segmentFrames">Frames that a segment adds to its clip.</param>
    /// <param name="steps">The steps of the segments.</param>
    internal static EngineCapacity Measured(double framesPerSecond, double segmentsPerSecond, double voiceRate, int segmentFrames, int steps)
    {
        var capacity = new EngineCapacity(LiveClips: 0, framesPerSecond, segmentsPerSecond, voiceRate) { SegmentFrames = segmentFrames, Steps = steps };
        return capacity with { LiveClips = (int)(Share / capacity.ClipSeconds) };
    }

    /// <summary>
    /// How much of the device a live session takes while it is spoken to as fast as speech is spoken, in live clips. Each advance samples a
    /// segment and encodes a window of speech.
    /// </summary>
    /// <param name="advance">Frames by which motion advances.</param>
    /// <param name="steps">The steps of its segments.</param>
    /// <param name="window">The length of the window of speech.</param>
    internal double CostOfSession(int advance, int steps, TimeSpan window)
    {
        double advances = (double)GenerationOptions.FramesPerSecond / advance;
        double seconds = FrameSeconds + (advances * (((double)steps / Steps / SegmentsPerSecond) + (window.TotalSeconds / VoiceRate)));
        return Math.Max(1, seconds / ClipSeconds);
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

    /// <summary>Says how many live clips there are, and how many places a session would need.</summary>
    /// <param name="liveClips">The engine's live clips.</param>
    /// <param name="places">How many live clips the session stands for.</param>
    /// <param name="limit">How many the engine can serve.</param>
    internal EngineFullException(int liveClips, double places, int limit)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"A live session with these options takes as much of the device as {places:0.0} live clips. The engine can serve {limit} in time, and "
                + $"{liveClips} are at work. A larger {nameof(LiveOptions)}.{nameof(LiveOptions.Advance)} and fewer steps take less.")) => LiveClips = liveClips;

    /// <summary>The engine's live clips.</summary>
    public int LiveClips { get; }
}

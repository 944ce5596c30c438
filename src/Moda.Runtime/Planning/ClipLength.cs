using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Sampling;

namespace Moda.Runtime.Planning;

/// <summary>How much work a voice of some length is: pieces, frames and segments, as <see cref="AudioPreparation"/> and the sampler count them.</summary>
internal readonly record struct ClipLength
{
    /// <summary>A voice may be so long that counters of samples and frames still hold it.</summary>
    private static readonly TimeSpan LongestVoice = TimeSpan.FromHours(24);

    private ClipLength(AudioPreparation preparation, SegmentPlan segments, long speech)
    {
        long samples = preparation.WithSilence(speech);
        PieceFrames = preparation.PieceLength / AudioPreparation.SamplesPerFrame;
        WholePieces = (int)(samples / preparation.PieceLength);
        LastPieceFrames = (int)(samples % preparation.PieceLength) / AudioPreparation.SamplesPerFrame;
        GeneratedFrames = preparation.FramesOf(speech);
        SilentFrames = preparation.SilentFrames.Total;
        Segments = segments.Count(GeneratedFrames);
    }

    /// <summary>Frames of a whole piece of voice.</summary>
    public int PieceFrames { get; }

    /// <summary>How many whole pieces there are.</summary>
    public int WholePieces { get; }

    /// <summary>Frames of the piece behind them; 0 for none.</summary>
    public int LastPieceFrames { get; }

    /// <summary>Frames whose motion is generated, added silence included.</summary>
    public int GeneratedFrames { get; }

    /// <summary>Frames of added silence.</summary>
    public int SilentFrames { get; }

    /// <summary>Segments of motion.</summary>
    public int Segments { get; }

    /// <summary>Frames that are rendered.</summary>
    public int Frames => GeneratedFrames - SilentFrames;

    /// <summary>The pieces by their length in frames, in the order in which they are encoded.</summary>
    public IEnumerable<(int Frames, int Count)> Pieces =>
        new[] { (Frames: PieceFrames, Count: WholePieces), (Frames: LastPieceFrames, Count: 1) }.Where(piece => piece is { Frames: > 0, Count: > 0 });

    /// <summary>Counts the work for a voice.</summary>
    /// <param name="voice">How long it is, without added silence.</param>
    /// <param name="preparation">How it is prepared.</param>
    /// <param name="segments">How motion is cut into segments.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is shorter than a frame or longer than a day.</exception>
    public static ClipLength Of(TimeSpan voice, AudioPreparation preparation, SegmentPlan segments)
    {
        OptionChecks.RequireRange(
            voice.TotalSeconds, 1.0 / GenerationOptions.FramesPerSecond, LongestVoice.TotalSeconds, "the seconds of the voice");
        return new ClipLength(preparation, segments, (long)Math.Round(voice.TotalSeconds * Waveform.SampleRate));
    }
}

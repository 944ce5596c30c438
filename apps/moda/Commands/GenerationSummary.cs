using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Progress;
using Moda.Weights;

namespace Moda.Cli.Commands;

/// <summary>What <c>moda generate</c> prints when it is done. Its clock starts when the weights are loaded and, with --warm-up, the engine is warm.</summary>
internal sealed class GenerationSummary
{
    private long start;
    private TimeSpan preparing;
    private TimeSpan? firstFrame;

    /// <summary>Time to load the weights.</summary>
    public required TimeSpan Loading { get; init; }

    /// <summary>Bytes of their files.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Time of everything that nobody sees; null where there was nothing of it.</summary>
    public TimeSpan? WarmUp { get; set; }

    /// <summary>Time spent waiting for the output to take frames.</summary>
    public TimeSpan Writing { get; private set; }

    /// <summary>Starts the clock.</summary>
    public void Start() => start = Stopwatch.GetTimestamp();

    /// <summary>The portrait is on the device.</summary>
    public void PortraitIsPrepared() => preparing = Stopwatch.GetElapsedTime(start);

    /// <summary>Reads a clip to its end into a sink, and completes it.</summary>
    public async Task WriteFramesAsync(TalkingClip clip, IVideoSink sink, CancellationToken cancellation)
    {
        await foreach (VideoFrame frame in clip.WithCancellation(cancellation))
        {
            await MeasureAsync(sink.WriteAsync(frame, cancellation));
        }

        await MeasureAsync(new ValueTask(sink.CompleteAsync(cancellation)));
    }

    // Writes a frame, or ends the output, and notes the time.
    private async ValueTask MeasureAsync(ValueTask writing)
    {
        firstFrame ??= Stopwatch.GetElapsedTime(start);
        long begin = Stopwatch.GetTimestamp();
        await writing;
        Writing += Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>What was prepared before the first frame.</summary>
    public string Subject { get; init; } = "portrait";

    /// <summary>Prints it, a line for each fact.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="output">Where the video lies; null for nowhere.</param>
    /// <param name="clip">The clip, all of it rendered.</param>
    public void Write(TextWriter writer, string? output, TalkingClip clip)
    {
        TimeSpan total = Stopwatch.GetElapsedTime(start);
        int frames = clip.FrameCount ?? 0;
        double duration = frames / clip.Format.FramesPerSecond.PerSecond;
        double weights = WeightBytes / 1e9;
        var table = new FactTable(writer);
        table.Line("output", $"{(output is null ? "discarded" : ShownText.Of(output, ShownText.LongestMessage))}");
        table.Line("frames", $"{frames} of {clip.Format.Width} x {clip.Format.Height} at {clip.Format.FramesPerSecond} fps");
        table.Line("loading weights", $"{FactTable.Seconds(Loading)} ({weights:0.00} GB, {weights / Loading.TotalSeconds:0.0} GB/s)");
        if (WarmUp is { } time)
        {
            table.Line("warming up", $"{FactTable.Seconds(time)}");
        }

        table.Line("first frame", $"{FactTable.Seconds(firstFrame ?? total)} after that");
        table.Share($"preparing {Subject}", preparing, total);
        if (clip.Times[GenerationStage.ReadingMotion] is { Ticks: > 0 } reading)
        {
            table.Share($"reading {Subject}", reading, total);
        }

        table.Share("encoding voice", clip.Times[GenerationStage.EncodingAudio], total);
        table.Share("generating motion", clip.Times[GenerationStage.GeneratingMotion], total);
        table.Share("rendering", clip.Times[GenerationStage.RenderingFrames], total);
        table.Share("pasting back", clip.Times[GenerationStage.PastingFrames], total);
        table.Share("writing", Writing, total);
        table.Line("total", $"{FactTable.Seconds(total)}");
        table.Line("speed", $"{frames / total.TotalSeconds:0.00} frames/s");
        table.Line("realtime factor", $"{duration / total.TotalSeconds:0.000}");
    }
}

using System.Diagnostics;
using System.Globalization;
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
        Line("output", output is null ? "discarded" : ShownText.Of(output, ShownText.LongestMessage));
        Line("frames", $"{frames} of {clip.Format.Width} x {clip.Format.Height} at {clip.Format.FramesPerSecond} fps");
        double weights = WeightBytes / 1e9;
        Line("loading weights", string.Create(
            CultureInfo.InvariantCulture, $"{Seconds(Loading)} ({weights:0.00} GB, {weights / Loading.TotalSeconds:0.0} GB/s)"));
        if (WarmUp is { } time)
        {
            Line("warming up", Seconds(time));
        }

        Line("first frame", $"{Seconds(firstFrame ?? total)} after that");
        Share($"preparing {Subject}", preparing);
        if (clip.Times[GenerationStage.ReadingMotion] is { Ticks: > 0 } reading)
        {
            Share($"reading {Subject}", reading);
        }

        Share("encoding voice", clip.Times[GenerationStage.EncodingAudio]);
        Share("generating motion", clip.Times[GenerationStage.GeneratingMotion]);
        Share("rendering", clip.Times[GenerationStage.RenderingFrames]);
        Share("pasting back", clip.Times[GenerationStage.PastingFrames]);
        Share("writing", Writing);
        Line("total", Seconds(total));
        Line("speed", string.Create(CultureInfo.InvariantCulture, $"{frames / total.TotalSeconds:0.00} frames/s"));
        Line("realtime factor", string.Create(CultureInfo.InvariantCulture, $"{duration / total.TotalSeconds:0.000}"));

        // Stages overlap: the shares of the time that has passed need not make up 100 %.
        void Share(string name, TimeSpan time) =>
            Line(name, string.Create(CultureInfo.InvariantCulture, $"{Seconds(time)} ({100 * time / total:0} % of the time)"));

        void Line(string name, string value) => writer.WriteLine($"{name + ":",-20}{value}");

        static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s");
    }
}

using System.Globalization;
using Moda.Runtime;

namespace Moda.Cli.Commands;

/// <summary>What <c>moda generate</c> prints when it is done.</summary>
/// <param name="Output">Where the video lies.</param>
/// <param name="Clip">The clip, all of it rendered.</param>
/// <param name="Loading">Time to load the weights.</param>
/// <param name="Generation">Time from then to the finished video.</param>
internal sealed record GenerationSummary(string Output, TalkingClip Clip, TimeSpan Loading, TimeSpan Generation)
{
    /// <summary>Prints it, a line for each fact.</summary>
    public void Write(TextWriter writer)
    {
        double seconds = Generation.TotalSeconds;
        double duration = (double)Clip.FrameCount / Clip.FramesPerSecond;
        Line("output", Output);
        Line("frames", $"{Clip.FrameCount} of {Clip.FrameWidth} x {Clip.FrameHeight} at {Clip.FramesPerSecond} fps");
        Line("loading weights", Seconds(Loading));
        Line("encoding portrait", Seconds(Clip.Times[GenerationStage.EncodingPortrait]));
        Line("encoding voice", Seconds(Clip.Times[GenerationStage.EncodingAudio]));
        Line("generating motion", Seconds(Clip.Times[GenerationStage.GeneratingMotion]));
        Line("rendering", Seconds(Clip.Times[GenerationStage.RenderingFrames]));
        Line("total", Seconds(Generation));
        Line("speed", string.Create(CultureInfo.InvariantCulture, $"{Clip.FrameCount / seconds:0.00} frames/s"));
        Line("realtime factor", string.Create(CultureInfo.InvariantCulture, $"{duration / seconds:0.000}"));

        void Line(string name, string value) => writer.WriteLine($"{name + ":",-20}{value}");

        static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");
    }
}

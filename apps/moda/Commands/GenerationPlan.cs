using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary>
/// <c>moda generate --plan</c>: what the same command would take without it. Nothing is made. The lines have the names of
/// <see cref="GenerationSummary"/>, so that both can be compared.
/// </summary>
internal static class GenerationPlan
{
    /// <summary>Loads the engine, measures and prints the plan.</summary>
    public static async Task<int> RunAsync(GenerateRequest request, CancellationToken cancellation)
    {
        LoadedImage picture = await request.Finder.LoadImageAsync(cancellation);
        using WeightSet weights = EngineStart.OpenWeights(request.Weights, request.Generation.PasteBack);
        await using SoundTrack voice = await SoundTrack.DecodeAsync(request.Audio!, cancellation);
        using Device device = EngineStart.OpenDevice(request.Device, request.Precision, request.MaximumGpuMemory);
        if (request.UsesOpenCheckpoint)
        {
            EngineStart.SayOpenCheckpoint();
        }

        Portrait portrait = request.Finder.Find(picture, device, cancellation);
        long start = Stopwatch.GetTimestamp();
        await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync(
            weights, device, new EngineOptions { FramesPerBatch = request.BatchSize }, cancellationToken: cancellation);
        TimeSpan loading = Stopwatch.GetElapsedTime(start);
        if (request.WarmsUp)
        {
            using PreparedPortrait unseen = await engine.PrepareAsync(portrait, cancellation);
            await engine.WarmUpAsync(unseen, request.Generation, cancellation);
        }

        start = Stopwatch.GetTimestamp();
        using PreparedPortrait prepared = await engine.PrepareAsync(portrait, cancellation);
        TimeSpan preparing = Stopwatch.GetElapsedTime(start);
        ClipPlan plan = await engine.PlanAsync(prepared, voice.Duration, request.Generation, cancellation);
        Write(new FactTable(Console.Out), plan, voice.Duration, loading, preparing);
        return ExitCode.Success;
    }

    // The engine of the command is a fresh one: its first clip pays for what is done once.
    private static void Write(FactTable table, ClipPlan plan, TimeSpan voice, TimeSpan loading, TimeSpan preparing)
    {
        TimeSpan before = preparing + plan.FirstUse;
        TimeSpan total = before + plan.Total;
        table.Line("output", $"none, this is a plan");
        table.Line("frames", $"{plan.Frames} of {plan.Format.Width} x {plan.Format.Height} at {plan.Format.FramesPerSecond} fps");
        table.Line("voice", $"{FactTable.Seconds(voice)} and {plan.SilentFrames} frames of silence");
        table.Line("pieces of voice", $"{plan.Pieces}");
        table.Line("segments", $"{plan.Segments} of motion");
        table.Line("loading weights", $"{FactTable.Seconds(loading)}");
        table.Line("first frame", $"{FactTable.Seconds(before + plan.FirstFrame)} after that");
        table.Share("preparing portrait", preparing, total);
        Stage("encoding voice", plan.EncodingVoice, plan.FirstUseStages.Encoding);
        Stage("generating motion", plan.GeneratingMotion, plan.FirstUseStages.Motion);
        Stage("rendering", plan.Rendering, plan.FirstUseStages.Rendering);
        Stage("pasting back", plan.PastingBack, plan.FirstUseStages.Pasting);
        table.Line("first use", $"{FactTable.Seconds(plan.FirstUse)} of these, by the first clip only");
        table.Line("total", $"{FactTable.Seconds(total)}, and the time to write the video");
        table.Line("speed", $"{plan.Frames / total.TotalSeconds:0.00} frames/s");
        table.Line("realtime factor", $"{plan.Frames / plan.Format.FramesPerSecond.PerSecond / total.TotalSeconds:0.000}");
        table.Line("device memory", $"{ByteSize.Format(plan.DeviceBytes)}");
        table.Line("host memory", $"{ByteSize.Format(plan.HostBytes)} for the clip");
        table.Line("streams", $"{(plan.Obstacles == StreamingObstacles.None ? "yes" : "no: " + string.Join("; ", Reasons(plan.Obstacles)))}");
        table.Line("measured", $"{MeasuredBy(plan.Source)}");

        void Stage(string name, TimeSpan time, double firstUse) => table.Share(name, time + TimeSpan.FromSeconds(firstUse), total);
    }

    private static string MeasuredBy(PlanSource source) => source == PlanSource.WarmUp
        ? "motion and frames by the warm-up, the voice by this plan"
        : "by this plan: a segment, each length of pieces of the voice, batches of frames";

    private static IEnumerable<string> Reasons(StreamingObstacles obstacles)
    {
        if (obstacles.HasFlag(StreamingObstacles.AddedSilence))
        {
            yield return "added silence needs all motion before the first frame (--silence none)";
        }

        if (obstacles.HasFlag(StreamingObstacles.KalmanSmoothing))
        {
            yield return "the Kalman smoother needs all motion before the first frame (--smooth none)";
        }

        if (obstacles.HasFlag(StreamingObstacles.SlowerThanShown))
        {
            yield return "frames are made slower than they are shown";
        }
    }
}

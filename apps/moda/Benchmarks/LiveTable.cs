using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using static Moda.Cli.Benchmarks.SessionTable;

namespace Moda.Cli.Benchmarks;

/// <summary>Times live sessions from the sample that is written to the frame in which it is seen, all of them speaking at once.</summary>
internal static class LiveTable
{
    /// <summary>Seconds between the beginnings of sessions.</summary>
    internal const double Stagger = 0.11;

    /// <summary>Warms an engine up, runs each number of sessions and prints a block of facts for it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="counts">How many sessions at once, one number after the other.</param>
    /// <param name="options">How they are made.</param>
    /// <param name="seconds">How long each speaks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PrintAsync(
        TalkingHeadEngine engine, IReadOnlyList<int> counts, LiveOptions options, double seconds, CancellationToken cancellationToken)
    {
        var portraits = new List<PreparedPortrait>();
        for (int index = 0; index < counts.Max(); index++)
        {
            portraits.Add(await engine.PrepareAsync(Picture(index), cancellationToken));
        }

        Console.WriteLine(engine.DeviceName);
        await engine.WarmUpAsync(portraits[0], options.Generation with { Pace = Pace.Live }, cancellationToken);
        foreach (int count in counts)
        {
            await PrintAsync(engine, portraits, count, options, seconds, cancellationToken);
        }

        portraits.ForEach(portrait => portrait.Dispose());
    }

    private static async Task PrintAsync(
        TalkingHeadEngine engine, List<PreparedPortrait> portraits, int count, LiveOptions options, double seconds, CancellationToken cancellationToken)
    {
        (long Elements, long Batches) segmentsBefore = (engine.Scheduler.SegmentBatches.Elements, engine.Scheduler.SegmentBatches.Batches);
        (long Elements, long Batches) framesBefore = (engine.Scheduler.FrameBatches.Elements, engine.Scheduler.FrameBatches.Batches);
        LiveRun[] runs = [.. Enumerable.Range(0, count).Select(_ => new LiveRun(seconds))];
        Waveform[] voices = [.. Enumerable.Range(0, count).Select(index => SessionRun.Voice(seconds, (ulong)index))];
        Task[] running = [.. Enumerable.Range(0, count).Select(index => Task.Run(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(Stagger * index), cancellationToken);
                LiveOptions own = options with { Generation = Own(options.Generation, index) };
                await runs[index].RunAsync(engine, portraits[index], voices[index], own, cancellationToken);
            },
            cancellationToken))];
        EngineMemory memory = await MostMemoryAsync(engine, Task.WhenAll(running));
        await Task.WhenAll(running);

        Console.WriteLine();
        Fact("sessions", $"{count}, {seconds:0.#} s of speech each, advance {options.Advance}, look-ahead {options.LookAhead}, {options.Generation.Sampling.Steps} steps");
        Percentiles("first frame", Quantiles.Of(runs.Select(run => run.FirstFrame)));
        Percentiles("sample to frame", Quantiles.Of(runs.SelectMany(run => run.Arrivals)));
        Percentiles("sample to shown", Quantiles.Of(runs.SelectMany(run => run.Showings)));
        Fact("pauses made", $"{runs.Sum(run => run.Gaps)} of {runs.Sum(run => run.Frames)} frames");
        long segments = engine.Scheduler.SegmentBatches.Elements - segmentsBefore.Elements;
        Fact("segments a batch", $"{Mean(segments, engine.Scheduler.SegmentBatches.Batches - segmentsBefore.Batches):0.00} ({segments} segments)");
        Fact("frames a batch", $"{Mean(engine.Scheduler.FrameBatches.Elements - framesBefore.Elements, engine.Scheduler.FrameBatches.Batches - framesBefore.Batches):0.00}");
        Fact("memory", $"{ByteSize.Format(memory.Activations)} of activations, {ByteSize.Format(memory.Clips / count)} on the host for each session");
    }
}

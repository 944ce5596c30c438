using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Moda.Kernels;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Cli.Benchmarks;

/// <summary>Times many clips at once on one engine, each with a portrait and a voice of its own.</summary>
internal static class SessionTable
{
    /// <summary>Seconds between the beginnings of live clips: each is a newcomer among those before it.</summary>
    private const double Stagger = 0.25;

    private const int PictureSize = 512;

    /// <summary>Warms an engine up, runs each number of clips and prints a block of facts for it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="counts">How many clips at once, one number after the other.</param>
    /// <param name="isLive">Whether they are live.</param>
    /// <param name="seconds">How long each speaks.</param>
    /// <param name="checks">Whether each clip is made alone first, and its frames compared.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether every clip had the same bytes alone and in company, as far as that was looked at.</returns>
    public static async Task<bool> PrintAsync(
        TalkingHeadEngine engine, IReadOnlyList<int> counts, bool isLive, double seconds, bool checks, CancellationToken cancellationToken)
    {
        var options = new GenerationOptions
        {
            Pace = isLive ? Pace.Live : Pace.Offline,
            Audio = new AudioPreparationOptions { Silence = SilenceMode.None },
        };
        var portraits = new List<PreparedPortrait>();
        for (int index = 0; index < counts.Max(); index++)
        {
            portraits.Add(await engine.PrepareAsync(Picture(index), cancellationToken));
        }

        Console.WriteLine(engine.DeviceName);
        long start = Stopwatch.GetTimestamp();
        await engine.WarmUpAsync(portraits[0], options, cancellationToken);
        EngineCapacity capacity = engine.Capacity!;
        Fact("warming up", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
        Fact("capacity", $"{capacity.LiveClips} live clips ({capacity.FramesPerSecond:0.0} frames/s, {capacity.SegmentsPerSecond:0.0} segments/s, {capacity.VoiceRate:0} s of voice a second)");
        string?[] alone = new string?[portraits.Count];
        for (int index = 0; checks && index < portraits.Count; index++)
        {
            var run = new SessionRun(hashes: true);
            await run.ReadAsync(
                engine, portraits[index], SessionRun.Voice(seconds, (ulong)index), Own(options, index) with { Pace = Pace.Offline }, cancellationToken);
            alone[index] = run.Hash;
        }

        bool areSame = true;
        foreach (int count in counts)
        {
            areSame &= await PrintAsync(engine, portraits, count, options, seconds, checks ? alone : null, cancellationToken);
        }

        portraits.ForEach(portrait => portrait.Dispose());
        return areSame;
    }

    internal static GenerationOptions Own(GenerationOptions options, int index) => options with
    {
        Seed = (ulong)index,
        Emotion = (Emotion)(index % 9),
        Sampling = options.Sampling with { GuidanceScale = 1.2f + (0.1f * (index % 5)) },
    };

    private static async Task<bool> PrintAsync(
        TalkingHeadEngine engine,
        List<PreparedPortrait> portraits,
        int count,
        GenerationOptions options,
        double seconds,
        string?[]? alone,
        CancellationToken cancellationToken)
    {
        bool isLive = options.Pace == Pace.Live;
        (long Elements, long Batches) framesBefore = (engine.Scheduler.FrameBatches.Elements, engine.Scheduler.FrameBatches.Batches);
        (long Elements, long Batches) segmentsBefore = (engine.Scheduler.SegmentBatches.Elements, engine.Scheduler.SegmentBatches.Batches);
        SessionRun[] runs = [.. Enumerable.Range(0, count).Select(_ => new SessionRun(alone is not null))];
        Waveform[] voices = [.. Enumerable.Range(0, count).Select(index => SessionRun.Voice(seconds, (ulong)index))];
        long start = Stopwatch.GetTimestamp();
        Task[] reading = [.. Enumerable.Range(0, count).Select(index => Task.Run(
            async () =>
            {
                if (isLive)
                {
                    await Task.Delay(TimeSpan.FromSeconds(Stagger * index), cancellationToken);
                }

                await runs[index].ReadAsync(engine, portraits[index], voices[index], Own(options, index), cancellationToken);
            },
            cancellationToken))];
        EngineMemory memory = await MostMemoryAsync(engine, Task.WhenAll(reading));
        await Task.WhenAll(reading);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;

        int frames = runs.Sum(run => run.Frames);
        Console.WriteLine();
        Fact("clips", $"{count} {(isLive ? "live" : "offline")}, {seconds:0.#} s each");
        Fact("frames/s", $"{frames / elapsed:0.0} over all ({frames} frames in {elapsed:0.00} s)");
        Percentiles("first frame", Quantiles.Of(runs.Select(run => run.FirstFrame)));
        if (isLive)
        {
            Percentiles("lateness", Quantiles.Of(runs.SelectMany(run => run.Lateness)));
        }

        Fact("frames a batch", $"{Mean(engine.Scheduler.FrameBatches.Elements - framesBefore.Elements, engine.Scheduler.FrameBatches.Batches - framesBefore.Batches):0.00}");
        Fact("segments a batch", $"{Mean(engine.Scheduler.SegmentBatches.Elements - segmentsBefore.Elements, engine.Scheduler.SegmentBatches.Batches - segmentsBefore.Batches):0.00}");
        Fact("device memory", $"{ByteSize.Format(memory.Parameters)} of weights, {ByteSize.Format(memory.Activations)} of activations, {ByteSize.Format(memory.Portraits)} of {memory.PortraitCount} portraits");
        Fact("host memory", $"{ByteSize.Format(runs.Max(run => run.HostBytes))} for a clip at the most, {ByteSize.Format(Environment.WorkingSet)} for the process");
        if (alone is null)
        {
            return true;
        }

        int same = Enumerable.Range(0, count).Count(index => runs[index].Hash == alone[index]);
        Fact("bytes", $"{same} of {count} clips are the same alone and in company");
        return same == count;
    }

    internal static async Task<EngineMemory> MostMemoryAsync(TalkingHeadEngine engine, Task running)
    {
        EngineMemory most = engine.Memory;
        while (await Task.WhenAny(running, Task.Delay(200)) != running)
        {
            EngineMemory now = engine.Memory;
            most = now.Activations + now.Clips > most.Activations + most.Clips ? now : most;
        }

        return most;
    }

    // Smooth colours, and points where a face would have them.
    internal static Portrait Picture(int index)
    {
        var picture = new RgbImage(PictureSize, PictureSize);
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            picture.Pixels[i] = (byte)(128 + (100 * Math.Sin((i * 0.00002 * (index + 1)) + (i % 3))));
        }

        Vector2[] points = [new(206, 220), new(306, 220), new(256, 280), new(216, 330), new(296, 330)];
        return Portrait.Create(picture, new FaceLandmarks(points));
    }

    internal static void Percentiles(string name, Quantiles? times)
    {
        if (times is not null)
        {
            Fact(name, $"p50 {times.P50:0.0} ms, p95 {times.P95:0.0} ms, p99 {times.P99:0.0} ms, most {times.Most:0.0} ms");
        }
    }

    internal static double Mean(long elements, long batches) => batches == 0 ? 0 : (double)elements / batches;

    internal static void Fact(string name, FormattableString value) =>
        Console.WriteLine($"{name + ":",-18}{value.ToString(CultureInfo.InvariantCulture)}");
}

using System.Diagnostics;
using Moda.Cli.Terminal;
using Moda.Kernels;
using static Moda.Cli.Benchmarks.SessionTable;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>Measures a service from outside: first bytes of clips, live sockets, poses. Each block of facts is printed when it is known.</summary>
/// <param name="client">The service.</param>
/// <param name="load">What it is asked for.</param>
/// <param name="isPrinted">Whether the blocks are printed.</param>
internal sealed class ServiceTable(ServiceClient client, ServiceLoad load, bool isPrinted)
{
    private static readonly int[] Depths = [1, 2];

    /// <summary>Measures all that is asked for.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServiceException">The service cannot be reached, or refuses something.</exception>
    public async Task<ServiceReport> RunAsync(CancellationToken cancellationToken)
    {
        // These also open the connection that the first request is sent on.
        string device = await client.DeviceAsync(cancellationToken);
        string portrait = await client.UploadAsync(load.Portrait, cancellationToken);
        if (isPrinted)
        {
            Console.WriteLine($"{client.Address} on {device}");
        }

        ClipFigures? clips = load.Clips == 0 ? null : await StageProgress.RunAsync(progress => ClipsAsync(progress, cancellationToken));
        Print(clips);
        LiveFigures? live = load.Live == 0 ? null : await StageProgress.RunAsync(progress => LiveAsync(progress, portrait, cancellationToken));
        Print(live);
        PoseFigures[] poses = load.Poses == 0 ? [] : await StageProgress.RunAsync(progress => PosesAsync(progress, portrait, cancellationToken));
        Print(poses);
        return new ServiceReport(client.Address.ToString(), device, clips, live, poses);
    }

    private async Task<ClipFigures> ClipsAsync(StageProgress progress, CancellationToken cancellationToken)
    {
        var run = new ClipRun(client, load.Portrait, load.Voice, load.Steps);
        ClipTimes warmUp = await run.RunAsync("the first clip", cancellationToken);
        var clips = new ClipTimes[load.Clips];
        for (int clip = 0; clip < clips.Length; clip++)
        {
            progress.Report("Clips", clip, clips.Length);
            clips[clip] = await run.RunAsync($"clip {clip + 1}", cancellationToken);
        }

        return new ClipFigures(
            clips.Length,
            Quantiles.Of([warmUp.FirstBytes])!.Most,
            Quantiles.Of(clips.Select(clip => clip.Accepted))!,
            Quantiles.Of(clips.Select(clip => clip.FirstBytes))!,
            Quantiles.Of(clips.Select(clip => clip.FirstFrame))!,
            Quantiles.Of(clips.Select(clip => clip.Whole))!,
            (long)clips.Average(clip => clip.Bytes));
    }

    private async Task<LiveFigures> LiveAsync(StageProgress progress, string portrait, CancellationToken cancellationToken)
    {
        var voice = new LiveVoice(load.Speech);
        LiveSocketRun[] runs =
            [.. Enumerable.Range(0, load.Live).Select(index => new LiveSocketRun(voice, (int)((long)voice.Length * index / load.Live), load.Seconds))];
        string path = $"v1/live?portrait={portrait}" + Query("advance", load.Advance) + Query("steps", load.Steps);

        // The first socket that fails ends all others.
        Task running = Parallel.ForEachAsync(
            Enumerable.Range(0, runs.Length),
            new ParallelOptions { MaxDegreeOfParallelism = runs.Length, CancellationToken = cancellationToken },
            async (index, token) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(LiveTable.Stagger * index), token);
                await runs[index].RunAsync(opening => client.ConnectAsync(path, $"live socket {index + 1}", opening), token);
            });
        double all = load.Seconds + (LiveTable.Stagger * (runs.Length - 1));
        long begun = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(running, Task.Delay(500, CancellationToken.None)) != running)
        {
            progress.Report("Live sockets (seconds)", Math.Min(all, Stopwatch.GetElapsedTime(begun).TotalSeconds), all);
        }

        await running;
        return new LiveFigures(
            runs.Length,
            load.Seconds,
            Quantiles.Of(runs.Select(run => run.FirstFrame))!,
            Quantiles.Of(runs.SelectMany(run => run.Lateness))!,
            Quantiles.Of(runs.SelectMany(run => run.Arrivals)),
            runs.Sum(run => (long)run.Frames),
            runs.Sum(run => (long)run.FramesDue),
            runs.Sum(run => run.FramesLost),
            runs.Sum(run => (long)run.Pauses),
            runs.Sum(run => run.Bytes));
    }

    private async Task<PoseFigures[]> PosesAsync(StageProgress progress, string portrait, CancellationToken cancellationToken)
    {
        await using ServiceSocket socket = await client.ConnectAsync($"v1/pose?portrait={portrait}", "the pose socket", cancellationToken);
        var run = new PoseSocketRun(socket);
        var figures = new List<PoseFigures>();
        foreach (int depth in Depths)
        {
            figures.Add(await run.RunAsync(load.Poses, depth, come => progress.Report($"Poses, {depth} under way", come, load.Poses), cancellationToken));
        }

        return [.. figures];
    }

    private void Print(ClipFigures? clips)
    {
        if (clips is null || !isPrinted)
        {
            return;
        }

        Console.WriteLine();
        Fact("clips", $"{clips.Count}, {load.Speech.Duration.TotalSeconds:0.0} s of voice each, one after another; first bytes of one before them after {clips.WarmUp:0.0} ms");
        Percentiles("accepted (202)", clips.Accepted);
        Percentiles("first bytes", clips.FirstBytes);
        Percentiles("first frame", clips.FirstFrame);
        Percentiles("whole", clips.Whole);
        Fact("bytes", $"{ByteSize.Format(clips.Bytes)} a clip");
    }

    private void Print(LiveFigures? live)
    {
        if (live is null || !isPrinted)
        {
            return;
        }

        Console.WriteLine();
        Fact("live sockets", $"{live.Sockets}, {live.Seconds:0.#} s of speech each");
        Percentiles("first frame", live.FirstFrame);
        Percentiles("lateness", live.Lateness);
        Percentiles("sample to frame", live.SampleToFrame);
        Fact("frames", $"{live.Frames} of {live.FramesDue} that were due, {live.FramesLost} lost, {live.Pauses} pauses made");
        Fact("bytes", $"{ByteSize.Format(live.Bytes)}, {ByteSize.Format(live.Bytes / live.Frames)} a frame");
    }

    private static string Query(string name, int? value) => value is { } given ? $"&{name}={given}" : "";

    private void Print(PoseFigures[] poses)
    {
        if (poses.Length == 0 || !isPrinted)
        {
            return;
        }

        Console.WriteLine();
        foreach (PoseFigures figures in poses)
        {
            Fact("poses", $"{figures.Count}, {figures.InFlight} under way: {figures.PicturesPerSecond:0.0} pictures/s");
            Percentiles("to its picture", figures.PositionToPicture);
        }
    }
}

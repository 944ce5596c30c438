using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting;
using Moda.Extensions.Hosting.Clients;
using Moda.Web.Configuration;

namespace Moda.Web.Jobs;

/// <summary>Makes the jobs that wait, some at once, the oldest first. What the last process left is cleaned up and begins again.</summary>
internal sealed partial class JobRunner(
    JobStore store,
    JobBoard board,
    DataFolder folder,
    VideoMaker maker,
    IOptions<ModaOptions> engineOptions,
    IOptions<ServiceOptions> serviceOptions,
    IHostApplicationLifetime lifetime,
    IMeterFactory meters,
    ILogger<JobRunner> logger) : IHostedService, IDisposable
{
    // A job that ends the process each time is not tried for ever.
    private const int MostAttempts = 20;

    private readonly JobInstruments instruments = new(meters);
    private readonly CancellationTokenSource taking = new();
    private readonly CancellationTokenSource working = new();
    private Task workers = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        foreach (VideoJob job in await store.ListUnfinishedAsync(cancellationToken))
        {
            folder.Of(job.Id).Clean();
            board.Add(job.Id);
            board.Announce();
        }

        foreach (string id in folder.ListJobs())
        {
            // A process that ended between a row and its files has left files only, or files of a work that was done.
            if (await store.ExistsAsync(id, cancellationToken))
            {
                folder.Of(id).CleanUnfinished();
            }
            else
            {
                folder.Of(id).Delete();
            }
        }

        lifetime.ApplicationStopping.Register(Drain);
        workers = Task.WhenAll(Enumerable.Range(0, engineOptions.Value.MaxConcurrent).Select(_ => Task.Run(RunAsync, CancellationToken.None)));
    }

    /// <summary>Waits for the work in hand until it is done or the time to drain is over.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Drain();
        await using CancellationTokenRegistration hurry = cancellationToken.Register(working.Cancel);
        await workers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        taking.Dispose();
        working.Dispose();
    }

    // No job begins any more, and those in hand get some time.
    private void Drain()
    {
        if (!taking.IsCancellationRequested)
        {
            taking.Cancel();
            board.EndWaiting();
            working.CancelAfter(TimeSpan.FromSeconds(serviceOptions.Value.DrainSeconds));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await board.WaitAsync(taking.Token);
                if (await store.ClaimAsync(taking.Token) is { } job)
                {
                    await WorkAsync(job, board.Add(job.Id));
                }
            }
        }
        catch (OperationCanceledException) when (taking.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    private async Task WorkAsync(VideoJob job, ActiveJob active)
    {
        if (!active.TryBegin(job.Frames))
        {
            return;
        }

        JobFolder files = folder.Of(job.Id);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(working.Token, active.Cancellation);
        try
        {
            bool isKept = job.Attempts > MostAttempts
                ? await store.FailAsync(job.Id, new JobFailure("server_error", $"The service ended {MostAttempts} times while it made this video."), CancellationToken.None)
                : await MakeAsync(job, files, active, either.Token);
            if (!isKept)
            {
                files.Delete();
            }
        }
        catch (OperationCanceledException) when (working.IsCancellationRequested && !active.Cancellation.IsCancellationRequested)
        {
            await store.RequeueAsync(job.Id, CancellationToken.None);
            files.Clean();
            Requeued(logger, job.Id);
            Record(job, JobOutcome.Stopped, active);
        }
        catch (Exception error)
        {
            // The store or the disk fails: the job begins again with the next start.
            Lost(logger, job.Id, error);
            Record(job, JobOutcome.Failed, active);
        }
        finally
        {
            active.End();
            board.Remove(active);
        }
    }

    // Whether the job is still wanted.
    private async Task<bool> MakeAsync(VideoJob job, JobFolder files, ActiveJob active, CancellationToken cancellationToken)
    {
        Begun(logger, job.Id, job.Options.Kind, job.Frames);
        try
        {
            TalkingHeadVideoSummary summary = await maker.MakeAsync(job, files, active, cancellationToken);
            bool isKept = await store.CompleteAsync(
                job.Id, summary.Format.Width, summary.Format.Height, summary.FrameCount, new FileInfo(files.Video).Length, CancellationToken.None);
            active.Video.Complete();

            // Who asks for the stream from now on gets the video.
            files.CleanUnfinished();
            Completed(logger, job.Id, summary.FrameCount, active.Look().Elapsed.TotalSeconds);
            Record(job, JobOutcome.Completed, active);
            return isKept;
        }
        catch (OperationCanceledException) when (active.Cancellation.IsCancellationRequested)
        {
            Cancelled(logger, job.Id);
            Record(job, JobOutcome.Cancelled, active);
            return false;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            JobFailure? explained = VideoMaker.Explain(error, files.Inputs);
            if (explained is null)
            {
                Failed(logger, job.Id, error);
            }
            else
            {
                Refused(logger, job.Id, explained.Code);
            }

            files.Clean();
            bool isKept = await store.FailAsync(
                job.Id, explained ?? new JobFailure("server_error", "The video could not be made; the service's log says why."), CancellationToken.None);
            Record(job, explained is null ? JobOutcome.Failed : JobOutcome.Refused, active);
            return isKept;
        }
    }

    private void Record(VideoJob job, JobOutcome outcome, ActiveJob active) => instruments.RecordEnd(job.Options.Kind, outcome, active.Look());

    [LoggerMessage(200, LogLevel.Information, "{Job}: begun, {Kind} of {Frames} frames.")]
    private static partial void Begun(ILogger logger, string job, VideoKind kind, int frames);

    [LoggerMessage(201, LogLevel.Information, "{Job}: completed, {Frames} frames in {Seconds:0.0} s.")]
    private static partial void Completed(ILogger logger, string job, int frames, double seconds);

    [LoggerMessage(202, LogLevel.Information, "{Job}: cancelled.")]
    private static partial void Cancelled(ILogger logger, string job);

    [LoggerMessage(203, LogLevel.Information, "{Job}: no video can be made of it: {Code}.")]
    private static partial void Refused(ILogger logger, string job, string code);

    [LoggerMessage(204, LogLevel.Error, "{Job}: failed.")]
    private static partial void Failed(ILogger logger, string job, Exception error);

    [LoggerMessage(205, LogLevel.Information, "{Job}: stopped with the service; it begins again with the next start.")]
    private static partial void Requeued(ILogger logger, string job);

    [LoggerMessage(206, LogLevel.Error, "{Job}: its state could not be kept.")]
    private static partial void Lost(ILogger logger, string job, Exception error);
}

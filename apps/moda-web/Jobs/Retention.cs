using Microsoft.Extensions.Options;
using Moda.Web.Configuration;

namespace Moda.Web.Jobs;

/// <summary>Deletes videos that are older than the options say, and the oldest where all take more bytes than the options say.</summary>
internal sealed partial class Retention(JobStore store, DataFolder folder, TimeProvider time, IOptions<ServiceOptions> options, ILogger<Retention> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>Deletes once.</summary>
    /// <param name="age">How old a video may be; null for any age.</param>
    /// <param name="largest">Bytes that all may take; null for any number.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SweepAsync(TimeSpan? age, long? largest, CancellationToken cancellationToken)
    {
        List<VideoJob> ended = await store.ListEndedAsync(cancellationToken);
        long total = ended.Sum(job => job.Bytes);
        foreach (VideoJob job in ended)
        {
            bool isOld = age is { } most && time.GetUtcNow() - job.CompletedAt >= most;
            if (!isOld && !(total > largest))
            {
                break;
            }

            if (await store.DeleteAsync(job.Owner, job.Id, cancellationToken))
            {
                folder.Of(job.Id).Delete();
                Deleted(logger, job.Id);
            }

            total -= job.Bytes;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TimeSpan? age = options.Value.KeepHours is { } hours ? TimeSpan.FromHours(hours) : null;
        if (age is null && options.Value.KeepBytes is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SweepAsync(age, options.Value.KeepBytes, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                Failed(logger, error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(220, LogLevel.Information, "{Job}: deleted, as it was kept long enough.")]
    private static partial void Deleted(ILogger logger, string job);

    [LoggerMessage(221, LogLevel.Error, "Old videos could not be deleted; it is tried again.")]
    private static partial void Failed(ILogger logger, Exception error);
}

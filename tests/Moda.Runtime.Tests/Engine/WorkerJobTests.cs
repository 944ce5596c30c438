using Moda.Runtime.Scheduling;
using Xunit;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A job's result reaches whoever waits for it, or is disposed.</summary>
public sealed class WorkerJobTests : IDisposable
{
    private readonly CancellationTokenSource cancellation = new();
    private readonly Result made = new();

    /// <inheritdoc/>
    public void Dispose() => cancellation.Dispose();

    [Fact]
    public async Task What_was_made_belongs_to_whoever_waits()
    {
        var job = new WorkerJob<Result>((_, _) => made, cancellation.Token);

        job.Run(null!);
        await cancellation.CancelAsync();

        Assert.Same(made, await job.Result);
        Assert.False(made.IsDisposed);
    }

    [Fact]
    public async Task What_was_made_for_nobody_is_disposed()
    {
        var job = new WorkerJob<Result>(
            (_, _) =>
            {
                cancellation.Cancel();
                return made;
            },
            cancellation.Token);

        job.Run(null!);

        OperationCanceledException told = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.Result);
        Assert.Equal(cancellation.Token, told.CancellationToken);
        Assert.True(made.IsDisposed);
    }

    [Fact]
    public async Task A_cancelled_job_is_told_at_once_and_never_run()
    {
        bool wasRun = false;
        var job = new WorkerJob<bool>((_, _) => wasRun = true, cancellation.Token);

        await cancellation.CancelAsync();

        Assert.True(job.Result.IsCanceled);
        job.Run(null!);
        Assert.False(wasRun);
    }

    [Fact]
    public async Task A_job_at_hand_that_is_refused_ends_at_its_next_op()
    {
        WorkerJob<Result>? job = null;
        job = new WorkerJob<Result>(
            (_, stop) =>
            {
                job!.Refuse(new ObjectDisposedException("engine"));
                stop.ThrowIfCancellationRequested();
                return made;
            },
            cancellation.Token);

        job.Run(null!);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => job.Result);
    }

    [Fact]
    public async Task A_failure_is_told()
    {
        var job = new WorkerJob<bool>((_, _) => throw new IOException(), cancellation.Token);

        job.Run(null!);

        await Assert.ThrowsAsync<IOException>(() => job.Result);
    }

    private sealed class Result : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}

using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Moda.Runtime.Progress;

namespace Moda.Web.Jobs;

/// <summary>A job that waits or is being made, with what need not be kept: how far it is, its stream, and its end.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The work closes the video; the cancellation source has no timer or parent: nothing is to be released.")]
internal sealed class ActiveJob : IProgress<GenerationProgress>
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource cancellation = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Phase phase;
    private long begun;
    private int frames;
    private int totalFrames;
    private GenerationStage? stage;
    private int stageFrames;
    private long firstFrame;

    public ActiveJob(string id, JobFolder folder)
    {
        Id = id;
        Video = new GrowingVideo(folder.Stream);
    }

    private enum Phase
    {
        Waiting,
        Working,
        Ended,
    }

    /// <summary>The job's name.</summary>
    public string Id { get; }

    /// <summary>The video as it is made.</summary>
    public GrowingVideo Video { get; }

    /// <summary>Cancelled when the client no longer wants it.</summary>
    public CancellationToken Cancellation => cancellation.Token;

    /// <summary>Completes when nothing of it is at work any more.</summary>
    public Task Ended => ended.Task;

    /// <summary>Begins the work.</summary>
    /// <param name="expectedFrames">Frames that there will be.</param>
    /// <returns>False where it was cancelled before.</returns>
    public bool TryBegin(int expectedFrames)
    {
        lock (gate)
        {
            if (phase != Phase.Waiting)
            {
                return false;
            }

            phase = Phase.Working;
            totalFrames = expectedFrames;
            begun = Stopwatch.GetTimestamp();
            return true;
        }
    }

    /// <summary>Ends the work at its next step, or before it begins.</summary>
    /// <returns>Whether it had not begun.</returns>
    public bool Cancel()
    {
        lock (gate)
        {
            if (phase == Phase.Waiting)
            {
                End();
                return true;
            }
        }

        cancellation.Cancel();
        return false;
    }

    /// <summary>The work has ended. Those who read a video that is not complete are told.</summary>
    public void End()
    {
        lock (gate)
        {
            phase = Phase.Ended;
        }

        Video.Fail(new OperationCanceledException("The work on the video has ended."));
        ended.TrySetResult();
    }

    /// <summary>A stage went on. Any thread may say so.</summary>
    public void Report(GenerationProgress value)
    {
        lock (gate)
        {
            if (stage is null || value.Stage >= stage)
            {
                stage = value.Stage;
                stageFrames = value.Completed;
            }

            if (value.Stage == GenerationStage.RenderingFrames)
            {
                // What is made of added silence is cut off again, and the last frame of a voice may be.
                frames = Math.Min(value.Completed, totalFrames);
                firstFrame = firstFrame == 0 ? Stopwatch.GetTimestamp() : firstFrame;
            }
        }
    }

    /// <summary>How far it is.</summary>
    public JobProgress Look()
    {
        lock (gate)
        {
            // The first frame comes late; the rate is that of those after it.
            double seconds = firstFrame == 0 ? 0 : Stopwatch.GetElapsedTime(firstFrame).TotalSeconds;
            double rate = frames > 1 && seconds > 0 ? (frames - 1) / seconds : 0;
            return new JobProgress(
                phase != Phase.Waiting,
                stage,
                stageFrames,
                frames,
                totalFrames,
                rate,
                rate > 0 ? (totalFrames - frames) / rate : null,
                phase == Phase.Waiting ? TimeSpan.Zero : Stopwatch.GetElapsedTime(begun),
                firstFrame == 0 ? null : Stopwatch.GetElapsedTime(begun, firstFrame));
        }
    }
}

/// <summary>How far a job is.</summary>
/// <param name="HasBegun">Whether it is being made.</param>
/// <param name="Stage">The last stage that has begun; null before the first.</param>
/// <param name="StageFrames">Frames that this stage has been through.</param>
/// <param name="Frames">Frames that are made.</param>
/// <param name="TotalFrames">Frames that there will be; 0 before it has begun.</param>
/// <param name="FramesPerSecond">Frames made in a second, lately; 0 while that is not known.</param>
/// <param name="SecondsLeft">When it will be complete; null while that is not known.</param>
/// <param name="Elapsed">Since its work began.</param>
/// <param name="TimeToFirstFrame">From when its work began to its first frame; null before that.</param>
internal readonly record struct JobProgress(
    bool HasBegun,
    GenerationStage? Stage,
    int StageFrames,
    int Frames,
    int TotalFrames,
    double FramesPerSecond,
    double? SecondsLeft,
    TimeSpan Elapsed,
    TimeSpan? TimeToFirstFrame);

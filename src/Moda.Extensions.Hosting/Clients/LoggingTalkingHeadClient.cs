using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Moda.Runtime.Imaging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>
/// Logs requests: their beginning (Debug), their end with frames and time (Information), cancellation (Information), refusal (Warning) and failure
/// (Error). docs/embedding.md lists the events.
/// </summary>
public sealed partial class LoggingTalkingHeadClient : DelegatingTalkingHeadClient
{
    private readonly ILogger logger;

    /// <summary>Wraps a client.</summary>
    /// <param name="innerClient">The client; it is disposed with this one.</param>
    /// <param name="logger">Where to log.</param>
    public LoggingTalkingHeadClient(ITalkingHeadClient innerClient, ILogger logger)
        : base(innerClient)
    {
        ArgumentNullException.ThrowIfNull(logger);
        this.logger = logger;
    }

    /// <inheritdoc/>
    public override async Task<TalkingHeadVideoSummary> WriteVideoAsync(
        TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        long start = Begin(request);
        try
        {
            TalkingHeadVideoSummary summary = await base.WriteVideoAsync(request, destination, cancellationToken).ConfigureAwait(false);
            RequestCompleted(logger, summary.FrameCount, Stopwatch.GetElapsedTime(start).TotalSeconds);
            return summary;
        }
        catch (Exception error)
        {
            Fail(error, cancellationToken);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<VideoFrame> GetFramesAsync(
        TalkingHeadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        long start = Begin(request);
        var frames = new WatchedFrames(base.GetFramesAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken));
        try
        {
            while (await frames.MoveNextAsync().ConfigureAwait(false))
            {
                yield return frames.Current;
            }
        }
        finally
        {
            await frames.DisposeAsync().ConfigureAwait(false);
            if (frames.Failure is not null)
            {
                Fail(frames.Failure, cancellationToken);
            }
            else if (frames.IsCompleted)
            {
                RequestCompleted(logger, frames.Count, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            else
            {
                ReadingEnded(logger, frames.Count);
            }
        }
    }

    private long Begin(TalkingHeadRequest request)
    {
        RequestBegun(logger, request.Voice.Duration.TotalSeconds, request.Options.Pace);
        return Stopwatch.GetTimestamp();
    }

    private void Fail(Exception error, CancellationToken cancellationToken)
    {
        switch (error)
        {
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                RequestCancelled(logger);
                break;
            case ModaBusyException busy:
                RequestRefused(logger, busy.Running, busy.Waiting, busy.RetryAfter.TotalSeconds);
                break;
            default:
                RequestFailed(logger, error);
                break;
        }
    }

    [LoggerMessage(100, LogLevel.Debug, "A talking video is asked for: a voice of {VoiceSeconds:0.00} s, {Pace}.")]
    private static partial void RequestBegun(ILogger logger, double voiceSeconds, Runtime.Options.Pace pace);

    [LoggerMessage(101, LogLevel.Information, "A talking video of {Frames} frames was made in {Seconds:0.00} s.")]
    private static partial void RequestCompleted(ILogger logger, int frames, double seconds);

    [LoggerMessage(102, LogLevel.Information, "A talking video was cancelled.")]
    private static partial void RequestCancelled(ILogger logger);

    [LoggerMessage(103, LogLevel.Error, "A talking video failed.")]
    private static partial void RequestFailed(ILogger logger, Exception error);

    [LoggerMessage(104, LogLevel.Warning, "A talking video was refused: {Running} are being made, {Waiting} are waiting. Try again in {RetrySeconds:0} s.")]
    private static partial void RequestRefused(ILogger logger, int running, int waiting, double retrySeconds);

    [LoggerMessage(105, LogLevel.Debug, "The reading of a talking video ended after {Frames} frames, before its end.")]
    private static partial void ReadingEnded(ILogger logger, int frames);
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Queueing;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;

namespace Moda.Extensions.Hosting;

/// <summary>The innermost client: requests wait in the queue, then the host's engine makes them.</summary>
internal sealed class EngineTalkingHeadClient(EngineHost host, RequestLimiter queue, IMeterFactory meters) : ITalkingHeadClient
{
    private readonly ClipInstruments instruments = new(ModaTelemetry.CreateMeter(meters));

    /// <inheritdoc/>
    public async Task<TalkingHeadVideoSummary> WriteVideoAsync(
        TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(destination);
        using RequestLimiter.Place place = await WaitAsync(request, cancellationToken).ConfigureAwait(false);
        Performance performance = await BeginAsync(request, cancellationToken).ConfigureAwait(false);
        await using (performance.ConfigureAwait(false))
        {
            VideoFormat format = performance.Clip.Format;
            int frames = 0;
            IVideoSink sink = await VideoOutput.OpenAsync(destination, request.Container, format, request.Voice, request.Tags, cancellationToken).ConfigureAwait(false);
            await using (sink.ConfigureAwait(false))
            {
                await foreach (VideoFrame frame in performance.FramesAsync(cancellationToken).ConfigureAwait(false))
                {
                    await sink.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
                    frames++;
                }

                await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }

            return new TalkingHeadVideoSummary(format, frames, request.Container == StreamContainer.Y4m ? "video/x-yuv4mpeg" : "video/mp4");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VideoFrame> GetFramesAsync(
        TalkingHeadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using RequestLimiter.Place place = await WaitAsync(request, cancellationToken).ConfigureAwait(false);
        Performance performance = await BeginAsync(request, cancellationToken).ConfigureAwait(false);
        await using (performance.ConfigureAwait(false))
        {
            await foreach (VideoFrame frame in performance.FramesAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return frame;
            }
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
        {
            return null;
        }

        return serviceType == typeof(TalkingHeadEngine) ? host.Loaded
            : serviceType == typeof(TalkingHeadClientMetadata) ? host.Metadata
            : serviceType == typeof(RequestLimiter) ? queue
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Does nothing: the host owns the engine.</summary>
    public void Dispose()
    {
    }

    private async Task<RequestLimiter.Place> WaitAsync(TalkingHeadRequest request, CancellationToken cancellationToken)
    {
        using Activity? activity = ModaTelemetry.Source.StartActivity("moda.queue");
        return await queue.EnterAsync(request.QueuePosition, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Performance> BeginAsync(TalkingHeadRequest request, CancellationToken cancellationToken)
    {
        TalkingHeadEngine engine = host.Engine;
        PreparedPortrait? prepared = null;
        try
        {
            if (request.Portrait is null)
            {
                using Activity? activity = ModaTelemetry.Source.StartActivity("moda.prepare");
                prepared = await engine.PrepareAsync(request.Picture!, request.Face, portraitOptions: null, cancellationToken).ConfigureAwait(false);
            }

            var watch = new ClipWatch(instruments, request.Progress, isLive: request.Options.Pace == Pace.Live);
            return new Performance(engine.Speak(request.Portrait ?? prepared!, request.Voice, request.Options, watch), watch, prepared);
        }
        catch (Exception error)
        {
            prepared?.Dispose();
            if (error is EngineFullException full)
            {
                throw queue.Refuse(full);
            }

            throw;
        }
    }

    /// <summary>One request at work: its clip, and the portrait where it was prepared for this clip alone.</summary>
    private sealed class Performance(TalkingClip clip, ClipWatch watch, PreparedPortrait? prepared) : IAsyncDisposable
    {
        public TalkingClip Clip => clip;

        public async IAsyncEnumerable<VideoFrame> FramesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            watch.Ask();
            await foreach (VideoFrame frame in clip.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                watch.Receive(frame);
                yield return frame;
                watch.Ask();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await clip.DisposeAsync().ConfigureAwait(false);
            watch.End();
            prepared?.Dispose();
        }
    }
}

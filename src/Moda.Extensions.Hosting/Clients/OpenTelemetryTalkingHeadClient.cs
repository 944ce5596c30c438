using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Runtime.Imaging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>
/// Measures requests and traces them, by OpenTelemetry's conventions for generative AI, under the meter and the source "Moda". docs/embedding.md
/// lists what it reports.
/// </summary>
public sealed class OpenTelemetryTalkingHeadClient : DelegatingTalkingHeadClient
{
    private readonly Meter meter;
    private readonly bool ownsMeter;
    private readonly RequestInstruments instruments;
    private readonly TalkingHeadClientMetadata? metadata;

    /// <summary>Wraps a client.</summary>
    /// <param name="innerClient">The client; it is disposed with this one.</param>
    /// <param name="meterFactory">Creates the meter; null for a meter of its own.</param>
    public OpenTelemetryTalkingHeadClient(ITalkingHeadClient innerClient, IMeterFactory? meterFactory = null)
        : base(innerClient)
    {
        meter = ModaTelemetry.CreateMeter(meterFactory);
        ownsMeter = meterFactory is null;
        instruments = new RequestInstruments(meter);
        metadata = innerClient.GetService<TalkingHeadClientMetadata>();
    }

    /// <inheritdoc/>
    public override async Task<TalkingHeadVideoSummary> WriteVideoAsync(
        TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using Activity? activity = StartActivity(request);
        long start = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            TalkingHeadVideoSummary summary = await base.WriteVideoAsync(request, destination, cancellationToken).ConfigureAwait(false);
            Describe(activity, summary.Format.Width, summary.Format.Height, summary.FrameCount);
            return summary;
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            End(activity, start, failure);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<VideoFrame> GetFramesAsync(
        TalkingHeadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using Activity? activity = StartActivity(request);
        long start = Stopwatch.GetTimestamp();
        TagList tags = CreateTags();
        (int width, int height) = (0, 0);
        var frames = new WatchedFrames(base.GetFramesAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken));
        try
        {
            long asked = start;
            while (await frames.MoveNextAsync().ConfigureAwait(false))
            {
                instruments.RecordFrame(frames.Count == 1, Stopwatch.GetElapsedTime(asked), tags);
                (width, height) = (frames.Current.Width, frames.Current.Height);
                yield return frames.Current;
                asked = Stopwatch.GetTimestamp();
            }
        }
        finally
        {
            await frames.DisposeAsync().ConfigureAwait(false);
            Describe(activity, width, height, frames.Count);
            End(activity, start, frames.Failure);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && ownsMeter)
        {
            meter.Dispose();
        }
    }

    private static void Describe(Activity? activity, int width, int height, int frames)
    {
        if (activity is { IsAllDataRequested: true } && frames > 0)
        {
            activity.SetTag("moda.video.width", width);
            activity.SetTag("moda.video.height", height);
            activity.SetTag("moda.video.frames", frames);
        }
    }

    private Activity? StartActivity(TalkingHeadRequest request)
    {
        string name = metadata is null ? RequestInstruments.Operation : $"{RequestInstruments.Operation} {metadata.ModelName}";
        Activity? activity = ModaTelemetry.Source.StartActivity(name, ActivityKind.Internal);
        if (activity is { IsAllDataRequested: true })
        {
            foreach (KeyValuePair<string, object?> tag in CreateTags())
            {
                activity.SetTag(tag.Key, tag.Value);
            }

            activity.SetTag("gen_ai.output.type", "video");
            activity.SetTag("gen_ai.request.seed", request.Options.Seed.ToString(CultureInfo.InvariantCulture));
            activity.SetTag("moda.pace", request.Options.Pace.ToString());
            activity.SetTag("moda.voice.duration", request.Voice.Duration.TotalSeconds);
        }

        return activity;
    }

    private void End(Activity? activity, long start, Exception? failure)
    {
        TagList tags = CreateTags();
        if (failure is not null)
        {
            string type = failure.GetType().FullName!;
            tags.Add("error.type", type);
            activity?.SetTag("error.type", type);
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        instruments.RecordEnd(Stopwatch.GetElapsedTime(start), tags);
    }

    private TagList CreateTags() => metadata is null
        ? new TagList { { "gen_ai.operation.name", RequestInstruments.Operation } }
        : new TagList
        {
            { "gen_ai.operation.name", RequestInstruments.Operation },
            { "gen_ai.provider.name", metadata.ProviderName },
            { "gen_ai.request.model", metadata.ModelName },
        };
}

using System.Diagnostics;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Queueing;
using Moda.Extensions.Hosting.Telemetry;
using Moda.Runtime.Imaging;
using Moda.Runtime.Progress;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Names, units and attributes of what is reported, as docs/embedding.md lists them.</summary>
public sealed class TelemetryTests : RequestTests
{
    private const string Duration = "gen_ai.client.operation.duration";
    private const string FirstChunk = "gen_ai.client.operation.time_to_first_chunk";
    private const string PerChunk = "gen_ai.client.operation.time_per_output_chunk";

    [Fact]
    public async Task A_stream_reports_its_duration_and_its_chunks()
    {
        using var record = new TelemetryRecord();
        using ITalkingHeadClient client = new OpenTelemetryTalkingHeadClient(new FakeClient(), record);
        await TestRequests.CountAsync(client.GetFramesAsync(Request, Token));

        Assert.Equal([FirstChunk, PerChunk, PerChunk, Duration], record.Measurements.Select(one => one.Name));
        Assert.All(record.Measurements, one =>
        {
            Assert.Equal("s", one.Unit);
            Assert.InRange(one.Value, 0, 60);
            Assert.Equal("generate_video", one.Tags["gen_ai.operation.name"]);
            Assert.Equal("moda", one.Tags["gen_ai.provider.name"]);
            Assert.Equal("tiny", one.Tags["gen_ai.request.model"]);
            Assert.DoesNotContain("error.type", one.Tags.Keys);
        });
        Activity span = Assert.Single(record.Spans);
        Assert.Equal("generate_video tiny", span.DisplayName);
        Assert.Equal("video", span.GetTagItem("gen_ai.output.type"));
        Assert.Equal("42", span.GetTagItem("gen_ai.request.seed"));
        Assert.Equal(FakeClient.Frames, span.GetTagItem("moda.video.frames"));
        Assert.Equal(4, span.GetTagItem("moda.video.width"));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public async Task A_whole_video_reports_its_duration_only()
    {
        using var record = new TelemetryRecord();
        using ITalkingHeadClient client = new OpenTelemetryTalkingHeadClient(new FakeClient(), record);
        await client.GetVideoAsync(Request, Token);

        Assert.Equal([Duration], record.Measurements.Select(one => one.Name));
        Assert.Equal(FakeClient.Frames, Assert.Single(record.Spans).GetTagItem("moda.video.frames"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_is_reported_with_its_type(bool isStream)
    {
        using var record = new TelemetryRecord();
        using ITalkingHeadClient client = new OpenTelemetryTalkingHeadClient(new FakeClient { Failure = new IOException("broken"), FailsAt = 1 }, record);
        await Assert.ThrowsAsync<IOException>(() => isStream
            ? TestRequests.CountAsync(client.GetFramesAsync(Request, Token))
            : client.GetVideoAsync(Request, Token));

        Assert.Equal("System.IO.IOException", record.Measurements.Single(one => one.Name == Duration).Tags["error.type"]);
        Activity span = Assert.Single(record.Spans);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("broken", span.StatusDescription);
        Assert.Equal("System.IO.IOException", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task The_queue_reports_who_works_waits_and_is_refused()
    {
        using var record = new TelemetryRecord();
        var queue = new RequestLimiter(1, 1, ModaTelemetry.CreateMeter(record), TimeProvider.System);
        RequestLimiter.Place first = await queue.EnterAsync(null, Token);
        Task<RequestLimiter.Place> second = queue.EnterAsync(null, Token);
        await Assert.ThrowsAsync<ModaBusyException>(() => queue.EnterAsync(null, Token));
        Assert.Equal((1, 1, 1), (Sum("moda.queue.running"), Sum("moda.queue.waiting"), Sum("moda.queue.refused")));

        first.Dispose();
        (await second).Dispose();

        Assert.Equal((0, 0, 1), (Sum("moda.queue.running"), Sum("moda.queue.waiting"), Sum("moda.queue.refused")));
        Assert.Equal(2, record.Measurements.Count(one => one is { Name: "moda.queue.wait.duration", Unit: "s" }));
        Assert.All(record.Measurements.Where(one => one.Name != "moda.queue.wait.duration"), one => Assert.Equal("{request}", one.Unit));

        double Sum(string name) => record.Measurements.Where(one => one.Name == name).Sum(one => one.Value);
    }

    [Fact]
    public async Task A_live_clip_reports_how_late_its_frames_are_and_when_its_stages_ended()
    {
        using var record = new TelemetryRecord();
        var heard = new List<GenerationProgress>();
        var watch = new ClipWatch(new ClipInstruments(ModaTelemetry.CreateMeter(record)), new Listener(heard), isLive: true);
        watch.Ask();
        watch.Receive(Frame(0));
        watch.Ask();
        await Task.Delay(100, Token);
        watch.Receive(Frame(1));

        // A reader that comes late makes no frame late.
        await Task.Delay(100, Token);
        watch.Ask();
        watch.Receive(Frame(2));
        watch.Report(new GenerationProgress(GenerationStage.EncodingAudio, 3, 3));
        watch.End();

        double[] late = [.. record.Measurements.Where(one => one is { Name: "moda.frame.lateness", Unit: "s" }).Select(one => one.Value)];
        Assert.Equal(0, late[0]);
        Assert.InRange(late[1], 0.05, 30);
        Assert.InRange(late[2], 0, 0.05);
        Assert.Equal(3, record.Measurements.Count(one => one is { Name: "moda.frames", Unit: "{frame}" }));
        Assert.Equal("encoding_audio", Assert.Single(record.Measurements, one => one is { Name: "moda.stage.duration", Unit: "s" }).Tags["moda.stage"]);
        Assert.Single(heard);

        static VideoFrame Frame(int index) => new(index, TimeSpan.FromSeconds(index / 25.0), 4, 2, ReadOnlyMemory<byte>.Empty);
    }

    private sealed class Listener(List<GenerationProgress> heard) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => heard.Add(value);
    }
}

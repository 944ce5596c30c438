using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Queueing;
using Moda.Runtime;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Media;
using Moda.Runtime.Options;
using Moda.Testing;
using Moda.Weights;
using Moda.Weights.Sets;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>A host with tiny weights, from its start to its end.</summary>
public sealed class HostTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly TelemetryRecord record = new();
    private IHost host = null!;
    private SoundTrack voice = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ITalkingHeadClient Client => host.Services.GetRequiredService<ITalkingHeadClient>();

    public async ValueTask InitializeAsync()
    {
        voice = await TestRequests.VoiceAsync();
        WeightSynthesizer.Synthesize(WeightPreset.Tiny, seed: 0, folder.File("weights"), cancellation: Token);
        host = Build(options => options.Weights = folder.File("weights"));
    }

    public async ValueTask DisposeAsync()
    {
        host.Dispose();
        await voice.DisposeAsync();
        record.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_host_serves_videos_frames_and_its_health_and_disposes_its_engine()
    {
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync());
        Assert.Null(Client.GetService<TalkingHeadEngine>());
        await host.StartAsync(Token);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());
        TalkingHeadEngine engine = Client.GetService<TalkingHeadEngine>()!;
        using PreparedPortrait portrait = await PrepareAsync(engine);
        var request = new TalkingHeadRequest(portrait, voice) { Options = TestRequests.Options, Container = StreamContainer.Y4m };

        TalkingHeadVideo video = await Client.GetVideoAsync(request, Token);
        int frames = await TestRequests.CountAsync(Client.GetFramesAsync(request, Token));

        Assert.Equal(TestRequests.Frames, frames);
        Assert.Equal((TestRequests.Frames, "video/x-yuv4mpeg"), (video.Summary.FrameCount, video.Summary.MediaType));
        Assert.StartsWith("YUV4MPEG2 W96 H80 F25:1", Encoding.ASCII.GetString(video.Data.Span[..40]), StringComparison.Ordinal);
        Assert.Equal(0, Client.GetService<RequestLimiter>()!.Running);
        Assert.Equal(0, engine.Memory.ClipCount);
        CheckReports();

        await host.StopAsync(Token);
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => PrepareAsync(engine));
        InvalidOperationException stopped = await Assert.ThrowsAsync<InvalidOperationException>(() => Client.GetVideoAsync(request, Token));
        Assert.Contains("stopped", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(0, Client.GetService<RequestLimiter>()!.Running);
    }

    [Fact]
    public async Task A_full_host_refuses_and_a_reader_that_leaves_frees_its_place()
    {
        await host.StartAsync(Token);
        using PreparedPortrait portrait = await PrepareAsync(Client.GetService<TalkingHeadEngine>()!);
        var request = new TalkingHeadRequest(portrait, voice) { Options = TestRequests.Options };
        await foreach (VideoFrame _ in Client.GetFramesAsync(request, Token))
        {
            using var cancellation = new CancellationTokenSource();
            Task waiting = TestRequests.CountAsync(Client.GetFramesAsync(request, cancellation.Token));
            await Assert.ThrowsAsync<ModaBusyException>(() => Client.GetVideoAsync(request, Token));
            Assert.Equal(HealthStatus.Degraded, await HealthAsync());
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            Assert.Equal(HealthStatus.Healthy, await HealthAsync());
            break;
        }

        Assert.Equal(TestRequests.Frames, await TestRequests.CountAsync(Client.GetFramesAsync(request, Token)));
    }

    [Fact]
    public async Task A_live_request_that_the_engine_cannot_serve_is_told_to_come_again()
    {
        using IHost none = Build(options =>
        {
            options.Weights = folder.File("weights");
            options.LiveClips = 0;
        });
        await none.StartAsync(Token);
        ITalkingHeadClient client = none.Services.GetRequiredService<ITalkingHeadClient>();
        using PreparedPortrait portrait = await PrepareAsync(client.GetService<TalkingHeadEngine>()!);
        var request = new TalkingHeadRequest(portrait, voice) { Options = TestRequests.Options with { Pace = Pace.Live } };

        ModaBusyException busy = await Assert.ThrowsAsync<ModaBusyException>(() => TestRequests.CountAsync(client.GetFramesAsync(request, Token)));

        Assert.IsType<EngineFullException>(busy.InnerException);
        Assert.True(busy.RetryAfter >= TimeSpan.FromSeconds(1));
        Assert.Equal(0, client.GetService<RequestLimiter>()!.Running);
        await none.StopAsync(Token);
    }

    [Fact]
    public async Task A_host_with_wrong_options_does_not_start()
    {
        using IHost wrong = Build(options => options.Weights = folder.File("nowhere"));

        await Assert.ThrowsAsync<OptionsValidationException>(() => wrong.StartAsync(Token));
    }

    private static Task<PreparedPortrait> PrepareAsync(TalkingHeadEngine engine)
    {
        var image = new RgbImage(96, 80);
        new Random(3).NextBytes(image.Pixels);
        return engine.PrepareAsync(Portrait.Create(image, new FaceLandmarks([new(40, 35), new(56, 36), new(48, 44), new(42, 50), new(54, 50)])), Token);
    }

    private void CheckReports()
    {
        record.Observe();
        string[] stages = [.. record.Measurements.Where(one => one.Name == "moda.stage.duration").Select(one => (string)one.Tags["moda.stage"]!).Distinct().Order()];
        Assert.Equal(["encoding_audio", "generating_motion", "rendering_frames"], stages);
        Assert.Equal(2 * TestRequests.Frames, record.Measurements.Count(one => one.Name == "moda.frames"));
        Assert.Equal(2, record.Measurements.Count(one => one.Name == "gen_ai.client.operation.duration"));
        Assert.All(record.Measurements.Where(one => one.Name == "moda.engine.memory"), one => Assert.Equal("By", one.Unit));
        Assert.True(record.Measurements.Single(one => one.Name == "moda.engine.memory" && (string?)one.Tags["moda.memory.kind"] == "parameters").Value > 0);
        Assert.Equal(1, record.Measurements.Single(one => one is { Name: "moda.engine.portraits", Unit: "{portrait}" }).Value);
        Assert.Contains(record.Measurements, one => one is { Name: "moda.engine.clips", Unit: "{clip}" });
    }

    private async Task<HealthStatus> HealthAsync() =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Status;

    private IHost Build(Action<ModaOptions> configure)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<IMeterFactory>(record);
        builder.Services.AddModa(options =>
        {
            options.Device = "cpu";
            options.Threads = 2;
            options.MaxConcurrent = 1;
            options.MaxQueue = 1;
            configure(options);
        }).UseOpenTelemetry().UseLogging();
        return builder.Build();
    }
}

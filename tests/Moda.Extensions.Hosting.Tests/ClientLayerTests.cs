using Microsoft.Extensions.Logging;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Imaging;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Clients around clients, and what the logging one says.</summary>
public sealed class ClientLayerTests : RequestTests
{
    private readonly RecordingLogger log = new();

    [Fact]
    public async Task The_first_layer_is_outermost_and_disposing_it_disposes_all()
    {
        var inner = new FakeClient();
        var order = new List<string>();
        ITalkingHeadClient client = new TalkingHeadClientBuilder(inner)
            .Use(next => new Named(next, "outer", order))
            .Use(next => new Named(next, "inner", order))
            .Build();

        TalkingHeadVideo video = await client.GetVideoAsync(Request, Token);
        client.Dispose();

        Assert.Equal(["outer", "inner"], order);
        Assert.Equal(FakeClient.Frames, video.Summary.FrameCount);
        Assert.Equal(FakeClient.Frames * 4 * 2 * 3, video.Data.Length);
        Assert.Equal(TimeSpan.FromSeconds(FakeClient.Frames / 25.0), video.Summary.Duration);
        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public void What_is_behind_a_client_is_found_through_its_layers()
    {
        var inner = new FakeClient();
        using ITalkingHeadClient client = new TalkingHeadClientBuilder(inner).Use(next => new Named(next, "outer", [])).Build();

        Assert.Same(inner, client.GetService<FakeClient>());
        Assert.Same(client, client.GetService<Named>());
        Assert.Equal("tiny", client.GetService<TalkingHeadClientMetadata>()!.ModelName);
        Assert.Null(client.GetService<RequestLimiterTests>());
        Assert.Null(client.GetService<Named>("a key"));
    }

    [Fact]
    public void A_layer_may_not_be_null() =>
        Assert.Throws<InvalidOperationException>(() => new TalkingHeadClientBuilder(new FakeClient()).Use(_ => null!).Build());

    [Fact]
    public async Task A_request_is_logged_with_its_frames()
    {
        using ITalkingHeadClient client = Logged(new FakeClient());
        await client.GetVideoAsync(Request, Token);
        await TestRequests.CountAsync(client.GetFramesAsync(Request, Token));

        Assert.Equal([100, 101, 100, 101], log.Events.Select(entry => entry.Id));
        Assert.All(log.Events.Where(entry => entry.Id == 101), entry => Assert.StartsWith("A talking video of 3 frames was made in ", entry.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_is_logged_with_its_exception()
    {
        using ITalkingHeadClient client = Logged(new FakeClient { Failure = new IOException("broken"), FailsAt = 1 });
        await Assert.ThrowsAsync<IOException>(() => client.GetVideoAsync(Request, Token));
        await Assert.ThrowsAsync<IOException>(() => TestRequests.CountAsync(client.GetFramesAsync(Request, Token)));

        Assert.Equal([100, 103, 100, 103], log.Events.Select(entry => entry.Id));
        Assert.Equal(LogLevel.Error, log.Events[1].Level);
        Assert.IsType<IOException>(log.Events[1].Error);
    }

    [Fact]
    public async Task Refusals_cancellation_and_readers_that_leave_are_no_errors()
    {
        using ITalkingHeadClient refusing = Logged(new FakeClient { Failure = new ModaBusyException(1, 2, TimeSpan.FromSeconds(7)) });
        await Assert.ThrowsAsync<ModaBusyException>(() => refusing.GetVideoAsync(Request, Token));
        using ITalkingHeadClient client = Logged(new FakeClient());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetVideoAsync(Request, new CancellationToken(canceled: true)));
        await foreach (VideoFrame _ in client.GetFramesAsync(Request, Token))
        {
            break;
        }

        Assert.Equal([100, 104, 100, 102, 100, 105], log.Events.Select(entry => entry.Id));
        Assert.DoesNotContain(log.Events, entry => entry.Level >= LogLevel.Error);
        Assert.Contains("7 s", log.Events[1].Text, StringComparison.Ordinal);
    }

    private LoggingTalkingHeadClient Logged(FakeClient inner) => new(inner, log);

    private sealed class Named(ITalkingHeadClient inner, string name, List<string> order) : DelegatingTalkingHeadClient(inner)
    {
        public override Task<TalkingHeadVideoSummary> WriteVideoAsync(
            TalkingHeadRequest request, Stream destination, CancellationToken cancellationToken = default)
        {
            order.Add(name);
            return base.WriteVideoAsync(request, destination, cancellationToken);
        }
    }

    private sealed class RecordingLogger : ILogger
    {
        public List<(int Id, LogLevel Level, string Text, Exception? Error)> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Events.Add((eventId.Id, logLevel, formatter(state, exception), exception));
    }
}

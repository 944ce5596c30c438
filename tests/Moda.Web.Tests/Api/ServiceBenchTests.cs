using System.Text.Json;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary><c>moda bench service</c>, in a process of its own, against the service.</summary>
public sealed class ServiceBenchTests : IClassFixture<ServerFixture>, IDisposable
{
    private static readonly string[] Nothing = ["--clips", "0", "--live", "0", "--poses", "0"];

    private readonly TemporaryFolder folder = new();
    private readonly ServerFixture fixture;
    private readonly string portrait = TestData.Path("assets", "portrait.png");

    public ServiceBenchTests(ServerFixture fixture)
    {
        this.fixture = fixture;
        File.WriteAllBytes(Voice, TestMedia.Voice());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Voice => folder.File("voice.wav");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Clips_live_sockets_and_poses_are_timed()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");

        CommandRun run = await RunAsync(portrait, "--clips", "2", "--live", "1", "--seconds", "1", "--poses", "1", "--steps", "2", "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Empty(run.Error);
        JsonElement report = JsonElement.Parse(run.Output);
        Assert.Equal("service", report.GetProperty("benchmark").GetString());
        Assert.StartsWith("cpu", report.GetProperty("device").GetString(), StringComparison.Ordinal);
        JsonElement clips = report.GetProperty("clips");
        double[] times = [.. new[] { "accepted", "first_bytes", "first_frame", "whole" }.Select(name => clips.GetProperty(name).GetProperty("p50").GetDouble())];
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], 0.1, 60_000);
        Assert.InRange(clips.GetProperty("bytes").GetInt64(), 1_000, 10_000_000);
        Assert.Equal(2, clips.GetProperty("count").GetInt32());

        // A CPU gives the frames it can make: later than due, none left out.
        JsonElement live = report.GetProperty("live");
        Assert.InRange(live.GetProperty("frames").GetInt32(), 2, live.GetProperty("frames_due").GetInt32() + 2);
        Assert.Equal(0, live.GetProperty("frames_lost").GetInt32());
        Assert.InRange(live.GetProperty("lateness").GetProperty("p99").GetDouble(), 0, 60_000);
        Assert.InRange(live.GetProperty("first_frame").GetProperty("most").GetDouble(), 1, 60_000);
        Assert.InRange(live.GetProperty("bytes").GetInt64() / live.GetProperty("frames").GetInt32(), 5_000, 500_000);
        Assert.All(report.GetProperty("poses").EnumerateArray(), poses =>
        {
            Assert.InRange(poses.GetProperty("pictures_per_second").GetDouble(), 0.01, 1_000);
            Assert.InRange(poses.GetProperty("position_to_picture").GetProperty("p50").GetDouble(), 1, 60_000);
        });
        Assert.Equal([1, 2], report.GetProperty("poses").EnumerateArray().Select(poses => poses.GetProperty("in_flight").GetInt32()));

        // Its clips are deleted.
        Assert.Empty((await fixture.Server.Client.GetJsonAsync("/v1/videos")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Without_json_a_table_is_printed()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");

        CommandRun run = await RunAsync(portrait, "--clips", "1", "--live", "0", "--poses", "0");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("on cpu", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nfirst bytes: +p50 \d+\.\d ms, p95 \d+\.\d ms, p99 \d+\.\d ms, most \d+\.\d ms\n", run.Output);
        Assert.DoesNotContain("live", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_the_service_refuses_is_told_in_one_line()
    {
        await File.WriteAllBytesAsync(folder.File("noise.png"), TestMedia.Noise(300, 300), Token);

        CommandRun sound = await RunAsync(Voice, Nothing);
        CommandRun noise = await RunAsync(folder.File("noise.png"), Nothing);

        Assert.Equal(1, sound.ExitCode);
        Assert.StartsWith("moda: the portrait: the service answers 422 invalid_portrait: ", OnlyLine(sound), StringComparison.Ordinal);
        Assert.Equal((3, "moda: the portrait: the service finds no face in it."), (noise.ExitCode, OnlyLine(noise)));
    }

    [Fact]
    public async Task A_live_socket_too_many_is_named()
    {
        // One live session is what a CPU takes.
        CommandRun run = await RunAsync(portrait, "--clips", "0", "--live", "2", "--seconds", "1", "--poses", "0");

        Assert.Equal(1, run.ExitCode);
        Assert.Matches("^moda: live socket [12]: the service says engine_full: ", OnlyLine(run));
    }

    [Fact]
    public async Task A_service_that_is_not_there_and_a_wrong_key_are_told_in_one_line()
    {
        const string Key = "the-key-of-alice-1";
        await using TestServer server = await TestServer.StartAsync("Service:ApiKeys:alice=" + Key);

        CommandRun nobody = await CommandRun.Of(["bench", "service", "http://127.0.0.1:1", "--image", portrait, "--audio", Voice, .. Nothing]);
        CommandRun wrong = await CommandRun.Of(["bench", "service", $"{server.Address}", "--image", portrait, "--audio", Voice, "--key", "another-key-of-16", .. Nothing]);
        CommandRun right = await CommandRun.Of(["bench", "service", $"{server.Address}", "--image", portrait, "--audio", Voice, "--key", Key, .. Nothing]);

        Assert.Equal(1, nobody.ExitCode);
        Assert.Contains("http://127.0.0.1:1/ cannot be reached", OnlyLine(nobody), StringComparison.Ordinal);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("401 key_required: ", OnlyLine(wrong), StringComparison.Ordinal);
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
    }

    private static string OnlyLine(CommandRun run) => Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private Task<CommandRun> RunAsync(string image, params string[] options) =>
        CommandRun.Of(["bench", "service", $"{fixture.Server.Address}", "--image", image, "--audio", Voice, .. options]);
}

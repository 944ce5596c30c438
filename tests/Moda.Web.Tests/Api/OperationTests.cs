using System.Diagnostics.Metrics;
using System.Text.Json;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Web.Jobs;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>What the owner of a service looks at.</summary>
public sealed class OperationTests(ServerFixture fixture) : ServerTests(fixture)
{
    private static readonly string[] Metrics = ["moda_jobs_waiting", "moda_jobs_running", "moda_engine_memory_bytes", "http_server_request_duration_seconds"];

    [Fact]
    public async Task Health_emotions_devices_and_limits_are_told()
    {
        Assert.Equal("Healthy", await Client.GetStringAsync("/health/live", Token));
        Assert.Equal("Healthy", await Client.GetStringAsync("/health/ready", Token));
        string[] emotions = [.. (await Client.GetJsonAsync("/v1/emotions")).GetProperty("data").EnumerateArray().Select(emotion => emotion.GetString()!)];
        Assert.Equal(["anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise", "none"], emotions);
        JsonElement[] devices = [.. (await Client.GetJsonAsync("/v1/devices")).GetProperty("data").EnumerateArray()];
        Assert.StartsWith("cpu", devices.Single(device => device.GetProperty("in_use").GetBoolean()).GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal(4096, (await Client.GetJsonAsync("/v1/limits")).GetProperty("largest_image_side").GetInt32());
    }

    [Fact]
    public async Task The_description_has_every_route_with_its_statuses()
    {
        JsonElement paths = (await Client.GetJsonAsync("/openapi/v1.json")).GetProperty("paths");
        string[] routes = [.. paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "DELETE /v1/session", "DELETE /v1/videos/{id}", "GET /v1/devices", "GET /v1/emotions", "GET /v1/limits", "GET /v1/videos", "GET /v1/videos/{id}",
                "GET /v1/videos/{id}/content", "GET /v1/videos/{id}/stream", "POST /v1/drives", "POST /v1/dubs", "POST /v1/portraits", "POST /v1/session",
                "POST /v1/videos",
            ],
            routes);
        string[] statuses = [.. paths.GetProperty("/v1/videos").GetProperty("post").GetProperty("responses").EnumerateObject().Select(status => status.Name)];
        Assert.Equal(["202", "413", "415", "422", "429"], statuses.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Metrics_are_there_for_Prometheus()
    {
        await Client.GetJsonAsync("/v1/emotions");
        string metrics = await Client.GetStringAsync("/metrics", Token);

        Assert.All(Metrics, name => Assert.Contains(name, metrics, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_on_videos_is_measured_by_kind_and_outcome()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestServer server = await TestServer.StartAsync();
        var measured = new List<(string Name, double Value, string[] Tags)>();
        using MeterListener listener = Listen(server, measured);
        byte[] source = await TestMedia.VideoAsync(frames: 5, rate: 12);
        (MultipartFormDataContent Form, string Path)[] requests =
        [
            (TestMedia.Small(), "/v1/videos"), (TestMedia.Dub(source, TestMedia.Voice()), "/v1/dubs"), (TestMedia.Drive(TestMedia.Portrait, source), "/v1/drives"),
        ];
        foreach ((MultipartFormDataContent form, string path) in requests)
        {
            await server.Client.WaitAsync((await server.Client.CreateAsync(form, path)).Id());
        }

        server.Script.Hold(frames: 2);
        string cancelled = (await server.Client.CreateAsync(TestMedia.Dub(source, TestMedia.Voice()), "/v1/dubs")).Id();
        await server.Client.WaitAsync(cancelled, video => video.GetProperty("frames").GetInt32() == 2);
        using HttpResponseMessage deleted = await server.Client.DeleteAsync($"/v1/videos/{cancelled}", Token);
        Assert.True(deleted.IsSuccessStatusCode);

        // A video is completed for its client before its work has ended.
        await WaitAsync(() => SumOf("moda.jobs.duration") == 4);
        Assert.Equal(
            (1, 1, 1, 1),
            (CountOf("talking", "completed"), CountOf("dub", "completed"), CountOf("drive", "completed"), CountOf("dub", "cancelled")));
        Assert.Equal((5, 7), (SumOf("moda.jobs.frames", "drive"), SumOf("moda.jobs.frames", "dub")));
        Assert.Equal((1, 2), (SumOf("moda.jobs.time_to_first_frame", "drive"), SumOf("moda.jobs.time_to_first_frame", "dub")));

        double CountOf(string kind, string outcome) => SumOf("moda.jobs.duration", kind, outcome);

        double SumOf(string name, params string[] tags)
        {
            lock (measured)
            {
                return measured.Where(one => one.Name == name && tags.All(one.Tags.Contains)).Sum(one => one.Value);
            }
        }
    }

    [Fact]
    public async Task Videos_that_are_old_or_too_many_are_deleted_the_oldest_first()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        using var folder = new TemporaryFolder();
        await using TestServer server = await TestServer.StartOnAsync(folder.Path);
        var ids = new List<string>();
        for (int n = 0; n < 3; n++)
        {
            ids.Add((await server.Client.CreateAsync(TestMedia.Small())).Id());
            await server.Client.WaitAsync(ids[^1]);
        }

        long bytes = new FileInfo(Path.Combine(folder.Path, "videos", ids[0], "video.mp4")).Length;
        var retention = (Retention)server.Services.GetService(typeof(Retention))!;
        await retention.SweepAsync(age: null, largest: bytes * 5 / 2, Token);
        string[] left = [.. (await server.Client.GetJsonAsync("/v1/videos?order=asc")).GetProperty("data").EnumerateArray().Select(video => video.Id())];
        Assert.Equal(ids[1..], left);

        await retention.SweepAsync(TimeSpan.FromHours(1), largest: null, Token);
        Assert.Equal(2, (await server.Client.GetJsonAsync("/v1/videos")).GetProperty("data").GetArrayLength());
        await retention.SweepAsync(TimeSpan.Zero, largest: null, Token);
        Assert.Equal(0, (await server.Client.GetJsonAsync("/v1/videos")).GetProperty("data").GetArrayLength());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder.Path, "videos")));
    }

    // Frames as they are counted, and a one for each time.
    private static MeterListener Listen(TestServer server, List<(string Name, double Value, string[] Tags)> measured)
    {
        // Other services of this process have meters of the same name.
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("moda.jobs.", StringComparison.Ordinal) && instrument.Meter.Scope == server.Services.GetService(typeof(IMeterFactory)))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value >= 0 && value < 600 ? 1 : double.NaN, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        return listener;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (measured)
            {
                measured.Add((instrument.Name, value, [.. tags.ToArray().Select(tag => (string)tag.Value!)]));
            }
        }
    }

    private static async Task WaitAsync(Func<bool> holds)
    {
        for (int wait = 0; !holds(); wait++)
        {
            Assert.True(wait < 1000, "It took longer than 10 s.");
            await Task.Delay(10, Token);
        }
    }
}

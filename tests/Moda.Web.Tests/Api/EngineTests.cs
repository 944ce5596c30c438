using System.Text.Json;
using Moda.Runtime.Processes;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>The service with the engine itself.</summary>
public sealed class EngineTests : IAsyncLifetime
{
    // One frame.
    private const double Short = 0.04;

    private TestServer server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await TestServer.StartEngineAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Eight_clients_at_once_get_the_same_bytes_as_one_by_one()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[][] alone = [await MakeAsync(0), await MakeAsync(1)];

        byte[][] together = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => MakeAsync(n % alone.Length)));

        Assert.NotEqual(alone[0], alone[1]);
        for (int n = 0; n < together.Length; n++)
        {
            Assert.Equal(alone[n % alone.Length], together[n]);
        }
    }

    [Fact]
    public async Task A_dub_and_a_drive_have_the_frames_of_the_engine_and_a_video_without_a_face_fails()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        byte[] source = await TestMedia.VideoAsync(frames: 2);
        JsonElement dub = await server.Client.CreateAsync(TestMedia.Dub(source, TestMedia.Voice(Short), ("steps", "2")), "/v1/dubs");
        JsonElement drive = await server.Client.CreateAsync(
            TestMedia.Drive(TestMedia.Portrait, source, ("retarget_lips", "true"), ("motion", "absolute"), ("normalize_lips", "true")), "/v1/drives");
        byte[] scenery = await TestMedia.VideoAsync(frames: 2, hidden: "1");
        JsonElement faceless = await server.Client.CreateAsync(TestMedia.Dub(scenery, TestMedia.Voice(Short)), "/v1/dubs");

        Assert.Equal((2, "320x240"), Made(await server.Client.WaitAsync(dub.Id())));
        Assert.Equal((2, "512x512"), Made(await server.Client.WaitAsync(drive.Id())));
        JsonElement failed = (await server.Client.WaitAsync(faceless.Id())).GetProperty("error");
        Assert.Equal("no_face", failed.GetProperty("code").GetString());
        Assert.Contains("'video'", failed.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static (int Frames, string? Size) Made(JsonElement video) => (video.GetProperty("frames").GetInt32(), video.GetProperty("size").GetString());

    private async Task<byte[]> MakeAsync(int seed)
    {
        using HttpClient client = server.CreateClient();
        JsonElement video = await client.CreateAsync(TestMedia.Small(Short, ("seed", $"{seed}")));
        return await client.GetByteArrayAsync($"/v1/videos/{video.Id()}/stream", Token);
    }
}

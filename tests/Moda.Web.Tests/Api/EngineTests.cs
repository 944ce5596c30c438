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

    private async Task<byte[]> MakeAsync(int seed)
    {
        using HttpClient client = server.CreateClient();
        JsonElement video = await client.CreateAsync(TestMedia.Small(Short, ("seed", $"{seed}")));
        return await client.GetByteArrayAsync($"/v1/videos/{video.Id()}/stream", Token);
    }
}

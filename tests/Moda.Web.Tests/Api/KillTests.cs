using System.Text.Json;
using Moda.Runtime.Processes;
using Moda.Testing;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>A service that is killed.</summary>
public sealed class KillTests
{
    private const int Kills = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_the_service_loses_no_video_and_leaves_no_debris()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        using var folder = new TemporaryFolder();
        var random = new Random(11);
        var taken = new List<string>();
        for (int kill = 0; kill < Kills; kill++)
        {
            await using ServiceProcess service = await StartAsync(folder);
            var answered = new TaskCompletionSource();
            Task<string[]> sending = SendAsync(service, answered);
            if (kill % 2 == 1)
            {
                // Otherwise a slow machine might never get as far as to make a video.
                await Task.WhenAny(answered.Task, sending);
            }

            await Task.Delay(random.Next(100, 3000), Token);
            await service.KillAsync();
            taken.AddRange(await sending);
        }

        await using ServiceProcess last = await StartAsync(folder);
        foreach (string id in taken)
        {
            Assert.Equal("completed", (await last.Client.WaitAsync(id)).Status());
            Assert.NotEmpty(await last.Client.GetByteArrayAsync($"/v1/videos/{id}/content", Token));
        }

        // A request that was answered by nobody may have been taken nevertheless.
        string[] known = [.. (await last.Client.GetJsonAsync("/v1/videos?limit=100")).GetProperty("data").EnumerateArray().Select(video => video.Id())];
        foreach (string id in known.Except(taken))
        {
            await last.Client.WaitAsync(id);
        }

        Assert.NotEmpty(taken);
        Assert.Equal(known.Order(StringComparer.Ordinal), Directory.GetDirectories(folder.File("videos")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.All(known, id => Assert.Equal(
            ["portrait", "video.mp4", "voice"], Directory.GetFiles(folder.File("videos", id)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("uploads")));
        Assert.False(Directory.Exists(ServiceProcess.HomeOf(folder.Path)), "The data folder was named: nothing belongs into the user's.");
    }

    private static Task<ServiceProcess> StartAsync(TemporaryFolder folder) => ServiceProcess.StartAsync(folder.Path, "Service:ShortestVoiceSeconds=0.04");

    // Two videos of one frame, and the names of those that were taken.
    private static async Task<string[]> SendAsync(ServiceProcess service, TaskCompletionSource answered)
    {
        var taken = new List<string>();
        try
        {
            for (int n = 0; n < 2; n++)
            {
                JsonElement video = await service.Client.CreateAsync(TestMedia.Small(0.04));
                taken.Add(video.Id());
                answered.TrySetResult();
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // The service was killed before it could answer.
        }

        return [.. taken];
    }
}

using System.Text.Json;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Web.Jobs;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>A service that is stopped and started again.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Finished_videos_stay_and_the_others_are_made_after_a_restart()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        string[] ids;
        byte[] finished;
        await using (TestServer server = await TestServer.StartOnAsync(folder.Path, "Moda:MaxConcurrent=1", "Service:DrainSeconds=0"))
        {
            string first = (await server.Client.CreateAsync(TestMedia.Small())).Id();
            await server.Client.WaitAsync(first);
            finished = await server.Client.GetByteArrayAsync($"/v1/videos/{first}/content", Token);
            server.Script.Hold();
            ids = [first, (await server.Client.CreateAsync(TestMedia.Small())).Id(), (await server.Client.CreateAsync(TestMedia.Small())).Id()];
            await server.Client.WaitAsync(ids[1], video => video.GetProperty("frames").GetInt32() == 10);
        }

        await using (TestServer server = await TestServer.StartOnAsync(folder.Path))
        {
            foreach (string id in ids)
            {
                JsonElement video = await server.Client.WaitAsync(id);
                Assert.Equal("completed", video.Status());
                Assert.Equal(finished, await server.Client.GetByteArrayAsync($"/v1/videos/{id}/content", Token));
            }
        }
    }

    [Fact]
    public async Task A_service_that_is_stopped_lets_short_work_end()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        string id;
        await using (TestServer server = await TestServer.StartOnAsync(folder.Path, "Service:DrainSeconds=30"))
        {
            server.Script.FrameTime = TimeSpan.FromMilliseconds(20);
            id = (await server.Client.CreateAsync(TestMedia.Small())).Id();
            await server.Client.WaitAsync(id, video => video.Status() == "in_progress");
        }

        Assert.True(File.Exists(Path.Combine(folder.Path, "videos", id, "video.mp4")));
    }

    [Fact]
    public async Task What_belongs_to_no_job_is_removed_at_the_start()
    {
        string orphan = Directory.CreateDirectory(folder.File("videos", VideoJob.NewId())).FullName;
        await File.WriteAllTextAsync(Path.Combine(orphan, "voice"), "x", Token);
        string upload = Directory.CreateDirectory(folder.File("uploads", "half")).FullName;

        await using TestServer server = await TestServer.StartOnAsync(folder.Path);

        Assert.False(Directory.Exists(orphan));
        Assert.False(Directory.Exists(upload));
    }

    [Fact]
    public async Task A_data_folder_serves_one_process()
    {
        await using TestServer server = await TestServer.StartOnAsync(folder.Path);

        DataFolderException error = await Assert.ThrowsAsync<DataFolderException>(() => TestServer.StartOnAsync(folder.Path));

        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }
}

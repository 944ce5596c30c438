using System.Diagnostics;
using Moda.Runtime.Processes;
using Xunit;

namespace Moda.Web.Tests.Api;

/// <summary>Many jobs in a row. They run when no other test does, as the memory of the process is looked at.</summary>
[Collection(nameof(Alone))]
public sealed class EnduranceTests
{
    private const int Jobs = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_in_a_row_leave_memory_and_files_flat()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        await using TestServer server = await TestServer.StartAsync("Service:UploadsPerMinute=100000", "Service:ShortestVoiceSeconds=0.04");
        for (int n = 0; n < Jobs / 3; n++)
        {
            await MakeAndDeleteAsync(server);
        }

        (long bytes, int files) before = Look();
        for (int n = 0; n < Jobs; n++)
        {
            await MakeAndDeleteAsync(server);
        }

        (long bytes, int files) after = Look();
        Assert.True(after.bytes - before.bytes < 4 << 20, $"The heap grew from {before.bytes >> 10} to {after.bytes >> 10} KiB.");
        Assert.InRange(after.files, 0, before.files + 5);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.DataFolder, "videos")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.DataFolder, "uploads")));
    }

    private static async Task MakeAndDeleteAsync(TestServer server)
    {
        string id = (await server.Client.CreateAsync(TestMedia.Small(0.04))).Id();
        Assert.Equal("completed", (await server.Client.WaitAsync(id)).Status());
        using HttpResponseMessage deleted = await server.Client.DeleteAsync($"/v1/videos/{id}", Token);
        Assert.True(deleted.IsSuccessStatusCode);
    }

    // The managed heap, and the files that the process holds open.
    private static (long Bytes, int Files) Look()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return (GC.GetTotalMemory(forceFullCollection: true), Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : Process.GetCurrentProcess().HandleCount);
    }
}

/// <summary>Tests that run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

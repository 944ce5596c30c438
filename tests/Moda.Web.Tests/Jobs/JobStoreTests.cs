using Microsoft.Extensions.Options;
using Moda.Runtime.Options;
using Moda.Runtime.Processes;
using Moda.Testing;
using Moda.Web.Configuration;
using Moda.Web.Jobs;
using Xunit;

namespace Moda.Web.Tests.Jobs;

/// <summary>Jobs in both databases.</summary>
public sealed class JobStoreTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private PostgresServer? postgres;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        folder.Dispose();
        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_goes_its_way_and_is_read_as_it_was_written(bool isPostgres)
    {
        (ServiceOptions options, DataFolder files) = await OpenAsync(isPostgres);
        using (files)
        using (var database = new JobDatabase(Options.Create(options), files))
        using (var store = new JobStore(database, TimeProvider.System))
        {
            await store.OpenAsync(Token);
            VideoJob first = Job("alice", key: "k") with { Options = new TalkingOptions { Emotion = Emotion.Fear, EmotionStrength = 2.5f, Seed = ulong.MaxValue, Face = "2" } };
            VideoJob second = Job("bob", key: "k");
            Assert.Null(await store.AddAsync(first, Token));
            Assert.Null(await store.AddAsync(second, Token));
            Assert.Equal(first.Id, (await store.AddAsync(Job("alice", key: "k"), Token))?.Id);
            Assert.Null(await store.AddAsync(Job("alice", key: null), Token));
            Assert.Null(await store.AddAsync(Job("alice", key: null), Token));
            Assert.Equal(first, await store.FindAsync("alice", first.Id, Token));
            Assert.Null(await store.FindAsync("bob", first.Id, Token));
            Assert.Equal(2, (await store.ListAsync("alice", first.Id, 10, isAscending: true, Token)).Count);

            VideoJob?[] claimed = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => store.ClaimAsync(Token)));
            Assert.Equal(4, claimed.Count(job => job is not null));
            Assert.Equal(4, claimed.OfType<VideoJob>().DistinctBy(job => job.Id).Count());
            Assert.All(claimed.OfType<VideoJob>(), job => Assert.Equal((JobStatus.InProgress, 1), (job.Status, job.Attempts)));

            await store.RequeueAsync(second.Id, Token);
            Assert.Equal((second.Id, 1), await store.ClaimAsync(Token) is { } again ? (again.Id, again.Attempts) : default);
            Assert.True(await store.CompleteAsync(first.Id, 512, 384, 50, 123_456_789_012, Token));
            VideoJob completed = (await store.FindAsync("alice", first.Id, Token))!;
            Assert.Equal((JobStatus.Completed, 512, 384, 50, 123_456_789_012), (completed.Status, completed.Width, completed.Height, completed.Frames, completed.Bytes));
            Assert.True(await store.FailAsync(second.Id, new JobFailure("no_face", "Nobody's there."), Token));
            Assert.Equal(new JobFailure("no_face", "Nobody's there."), (await store.FindAsync("bob", second.Id, Token))?.Failure);
            Assert.Equal(2, (await store.ListEndedAsync(Token)).Count);

            Assert.False(await store.DeleteAsync("bob", first.Id, Token));
            Assert.True(await store.DeleteAsync("alice", first.Id, Token));
            Assert.False(await store.ExistsAsync(first.Id, Token));
            Assert.False(await store.CompleteAsync(first.Id, 1, 1, 1, 1, Token));

            // A process that ends leaves jobs behind that were being made.
            await store.OpenAsync(Token);
            Assert.All(await store.ListUnfinishedAsync(Token), job => Assert.Equal(JobStatus.Queued, job.Status));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_from_before_there_were_kinds_is_brought_up_to_date(bool isPostgres)
    {
        // As the first version has written it.
        const string Earlier = """
            CREATE TABLE videos (
                id TEXT PRIMARY KEY, owner TEXT NOT NULL, status TEXT NOT NULL, created_at BIGINT NOT NULL, started_at BIGINT, completed_at BIGINT,
                attempts INTEGER NOT NULL, options TEXT NOT NULL, voice_ms BIGINT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
                frames INTEGER NOT NULL, bytes BIGINT NOT NULL, failure_code TEXT, failure_message TEXT, idempotency_key TEXT, request_hash TEXT NOT NULL
            );
            INSERT INTO videos VALUES
                ('video_1', 'alice', 'completed', 1, 2, 3, 1,
                 '{"emotion":"fear","emotion_strength":null,"guidance":1.2,"steps":10,"seed":42,"smoothing":"none","region":"all","paste_back":"feather","silence":"post","face":"2"}',
                 2000, 512, 384, 50, 99, NULL, NULL, NULL, 'aa'),
                ('video_2', 'alice', 'queued', 1, NULL, NULL, 0,
                 '{"emotion":"none","emotion_strength":null,"guidance":1.2,"steps":10,"seed":7,"smoothing":"none","region":"all","paste_back":"feather","silence":"post","face":"largest"}',
                 610, 0, 0, 0, 0, NULL, NULL, 'key', 'bb');
            """;
        (ServiceOptions options, DataFolder files) = await OpenAsync(isPostgres);
        using (files)
        {
            using (var database = new JobDatabase(Options.Create(options), files))
            {
                await database.ExecuteAsync(Earlier, [], Token);
            }

            for (int start = 0; start < 2; start++)
            {
                using var database = new JobDatabase(Options.Create(options), files);
                using var store = new JobStore(database, TimeProvider.System);
                await store.OpenAsync(Token);
                VideoJob completed = (await store.FindAsync("alice", "video_1", Token))!;
                Assert.Equal(new TalkingOptions { Emotion = Emotion.Fear, Face = "2" }, completed.Options);
                Assert.Equal((50, TimeSpan.FromSeconds(2)), (completed.Frames, completed.Duration));
                VideoJob queued = Assert.Single(await store.ListUnfinishedAsync(Token));
                Assert.Equal((new TalkingOptions { Seed = 7 }, 16), (queued.Options, queued.Frames));
            }
        }
    }

    [Fact]
    public async Task Options_of_every_kind_are_read_as_they_were_written()
    {
        (ServiceOptions options, DataFolder files) = await OpenAsync(isPostgres: false);
        using (files)
        using (var database = new JobDatabase(Options.Create(options), files))
        using (var store = new JobStore(database, TimeProvider.System))
        {
            await store.OpenAsync(Token);
            VideoOptions[] written =
            [
                new DubOptions { Faces = "1,3", Length = DubbingLength.Shortest, Smoothing = MotionSmoothing.None, Emotion = Emotion.Anger },
                new DriveOptions { Motion = DrivingMotion.Absolute, DrivingOption = DrivingScale.PoseFriendly, Multiplier = 0.5f, Sound = false, Stitching = false },
            ];
            foreach (VideoOptions one in written)
            {
                VideoJob job = Job("alice", key: null) with { Options = one };
                await store.AddAsync(job, Token);
                Assert.Equal(job, await store.FindAsync("alice", job.Id, Token));
            }
        }
    }

    [Fact]
    public async Task A_service_keeps_its_jobs_in_PostgreSQL()
    {
        Assert.SkipWhen(Ffmpeg.TryLocate() is null, "there is no ffmpeg");
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? string.Empty);
        postgres = await PostgresServer.StartAsync();
        string id;
        await using (TestServer server = await TestServer.StartOnAsync(folder.Path, "Service:Database=" + postgres.Connection))
        {
            id = (await server.Client.CreateAsync(TestMedia.Small())).Id();
            Assert.Equal("completed", (await server.Client.WaitAsync(id)).Status());
        }

        Assert.False(File.Exists(folder.File("jobs.db")));
        await using TestServer next = await TestServer.StartOnAsync(folder.Path, "Service:Database=" + postgres.Connection);
        Assert.Equal("completed", (await next.Client.WaitAsync(id)).Status());
    }

    private static VideoJob Job(string owner, string? key) => new()
    {
        Id = VideoJob.NewId(),
        Owner = owner,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
        Options = new TalkingOptions(),
        Duration = TimeSpan.FromMilliseconds(1234),
        Frames = 31,
        IdempotencyKey = key,
        RequestHash = "00ff",
    };

    private async Task<(ServiceOptions Options, DataFolder Files)> OpenAsync(bool isPostgres)
    {
        if (isPostgres)
        {
            Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? string.Empty);
            postgres = await PostgresServer.StartAsync();
        }

        var options = new ServiceOptions { DataFolder = folder.Path, Database = postgres?.Connection };
        return (options, new DataFolder(Options.Create(options)));
    }
}

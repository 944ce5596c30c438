using System.Data.Common;

namespace Moda.Web.Jobs;

/// <summary>The jobs, kept in a database. Several threads may call all members at once.</summary>
/// <param name="database">The database.</param>
/// <param name="time">The clock.</param>
internal sealed class JobStore(JobDatabase database, TimeProvider time) : IDisposable
{
    private const string Columns = "id, owner, status, created_at, started_at, completed_at, attempts, kind, options, duration_ms, width, height, frames, bytes, "
        + "failure_code, failure_message, idempotency_key, request_hash";

    private readonly SemaphoreSlim claiming = new(1);

    /// <summary>Creates what is missing, and queues anew what was being made when the last process ended.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await database.CreateAsync(cancellationToken);
        await database.ExecuteAsync("UPDATE videos SET status = 'queued' WHERE status = 'in_progress'", [], cancellationToken);
    }

    /// <summary>Keeps a new job.</summary>
    /// <returns>Null; or the job that the client has asked for before with the same idempotency key, and the new one is not kept.</returns>
    public async Task<VideoJob?> AddAsync(VideoJob job, CancellationToken cancellationToken)
    {
        int added = await database.ExecuteAsync(
            $"INSERT INTO videos ({Columns}) VALUES (@id, @owner, 'queued', @created_at, NULL, NULL, 0, @kind, @options, @duration_ms, 0, 0, @frames, 0, NULL, NULL, "
                + "@idempotency_key, @request_hash) ON CONFLICT (owner, idempotency_key) DO NOTHING",
            [
                ("id", job.Id),
                ("owner", job.Owner),
                ("created_at", job.CreatedAt.ToUnixTimeMilliseconds()),
                ("kind", JobJson.NameOf(job.Options.Kind)),
                ("options", JobJson.Write(job.Options)),
                ("duration_ms", (long)job.Duration.TotalMilliseconds),
                ("frames", job.Frames),
                ("idempotency_key", job.IdempotencyKey),
                ("request_hash", job.RequestHash),
            ],
            cancellationToken);
        return added == 1 ? null : await FindByKeyAsync(job.Owner, job.IdempotencyKey!, cancellationToken);
    }

    /// <summary>Finds a job of an owner.</summary>
    public Task<VideoJob?> FindAsync(string owner, string id, CancellationToken cancellationToken) =>
        OneAsync($"SELECT {Columns} FROM videos WHERE owner = @owner AND id = @id", [("owner", owner), ("id", id)], cancellationToken);

    /// <summary>Finds the job that a client has asked for with an idempotency key.</summary>
    public Task<VideoJob?> FindByKeyAsync(string owner, string key, CancellationToken cancellationToken) =>
        OneAsync($"SELECT {Columns} FROM videos WHERE owner = @owner AND idempotency_key = @key", [("owner", owner), ("key", key)], cancellationToken);

    /// <summary>Lists jobs of an owner by their time.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="after">The last one that the client has seen; null for the beginning.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="isAscending">The oldest first; otherwise the newest.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<List<VideoJob>> ListAsync(string owner, string? after, int limit, bool isAscending, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"SELECT {Columns} FROM videos WHERE owner = @owner"
                + (after is null ? string.Empty : isAscending ? " AND id > @after" : " AND id < @after")
                + $" ORDER BY id {(isAscending ? "ASC" : "DESC")} LIMIT @limit",
            [("owner", owner), .. after is null ? [] : new (string, object?)[] { ("after", after) }, ("limit", limit)],
            Read,
            cancellationToken);

    /// <summary>Lists all jobs that wait or are being made, the oldest first.</summary>
    public Task<List<VideoJob>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        database.QueryAsync($"SELECT {Columns} FROM videos WHERE status IN ('queued', 'in_progress') ORDER BY id", [], Read, cancellationToken);

    /// <summary>Lists all jobs that have ended, the oldest first.</summary>
    public Task<List<VideoJob>> ListEndedAsync(CancellationToken cancellationToken) =>
        database.QueryAsync($"SELECT {Columns} FROM videos WHERE status IN ('completed', 'failed') ORDER BY completed_at", [], Read, cancellationToken);

    /// <summary>Whether there is a job of that name, whoever's.</summary>
    public async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) =>
        (await database.QueryAsync("SELECT 1 FROM videos WHERE id = @id", [("id", id)], _ => true, cancellationToken)).Count > 0;

    /// <summary>Takes the oldest job that waits; null where none does.</summary>
    public async Task<VideoJob?> ClaimAsync(CancellationToken cancellationToken)
    {
        // Two that look at once would both find the oldest, and one of them would go without although others wait.
        await claiming.WaitAsync(cancellationToken);
        try
        {
            return await OneAsync(
                "UPDATE videos SET status = 'in_progress', started_at = @now, attempts = attempts + 1 "
                    + $"WHERE id = (SELECT id FROM videos WHERE status = 'queued' ORDER BY id LIMIT 1) RETURNING {Columns}",
                [("now", Now())],
                cancellationToken);
        }
        finally
        {
            claiming.Release();
        }
    }

    /// <summary>Puts a job back into the queue, because the service stops.</summary>
    public Task RequeueAsync(string id, CancellationToken cancellationToken) => database.ExecuteAsync(
        "UPDATE videos SET status = 'queued', started_at = NULL, attempts = attempts - 1 WHERE id = @id AND status = 'in_progress'", [("id", id)], cancellationToken);

    /// <summary>Ends a job with its video.</summary>
    /// <returns>Whether it is still there.</returns>
    public async Task<bool> CompleteAsync(string id, int width, int height, int frames, long bytes, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE videos SET status = 'completed', completed_at = @now, width = @width, height = @height, frames = @frames, bytes = @bytes WHERE id = @id",
            [("now", Now()), ("width", width), ("height", height), ("frames", frames), ("bytes", bytes), ("id", id)],
            cancellationToken) == 1;

    /// <summary>Ends a job without a video.</summary>
    /// <returns>Whether it is still there.</returns>
    public async Task<bool> FailAsync(string id, JobFailure failure, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE videos SET status = 'failed', completed_at = @now, failure_code = @code, failure_message = @message WHERE id = @id",
            [("now", Now()), ("code", failure.Code), ("message", failure.Message), ("id", id)],
            cancellationToken) == 1;

    /// <summary>Forgets a job.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> DeleteAsync(string owner, string id, CancellationToken cancellationToken) =>
        await database.ExecuteAsync("DELETE FROM videos WHERE owner = @owner AND id = @id", [("owner", owner), ("id", id)], cancellationToken) == 1;

    /// <inheritdoc/>
    public void Dispose() => claiming.Dispose();

    private static VideoJob Read(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Owner = row.GetString(1),
        Status = row.GetString(2) switch
        {
            "queued" => JobStatus.Queued,
            "in_progress" => JobStatus.InProgress,
            "completed" => JobStatus.Completed,
            _ => JobStatus.Failed,
        },
        CreatedAt = TimeOf(row.GetInt64(3)),
        StartedAt = row.IsDBNull(4) ? null : TimeOf(row.GetInt64(4)),
        CompletedAt = row.IsDBNull(5) ? null : TimeOf(row.GetInt64(5)),
        Attempts = row.GetInt32(6),
        Options = JobJson.Read(row.GetString(7), row.GetString(8)),
        Duration = TimeSpan.FromMilliseconds(row.GetInt64(9)),
        Width = row.GetInt32(10),
        Height = row.GetInt32(11),
        Frames = row.GetInt32(12),
        Bytes = row.GetInt64(13),
        Failure = row.IsDBNull(14) ? null : new JobFailure(row.GetString(14), row.GetString(15)),
        IdempotencyKey = row.IsDBNull(16) ? null : row.GetString(16),
        RequestHash = row.GetString(17),
    };

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<VideoJob?> OneAsync(string sql, IEnumerable<(string Name, object? Value)> values, CancellationToken cancellationToken) =>
        (await database.QueryAsync(sql, values, Read, cancellationToken)).FirstOrDefault();
}

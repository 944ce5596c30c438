using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Moda.Web.Configuration;
using Npgsql;

namespace Moda.Web.Jobs;

/// <summary>The database of the jobs: SQLite in the data folder, or PostgreSQL. Both are asked in the same SQL.</summary>
internal sealed class JobDatabase : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS videos (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            started_at BIGINT,
            completed_at BIGINT,
            attempts INTEGER NOT NULL,
            kind TEXT NOT NULL,
            options TEXT NOT NULL,
            duration_ms BIGINT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            frames INTEGER NOT NULL,
            bytes BIGINT NOT NULL,
            failure_code TEXT,
            failure_message TEXT,
            idempotency_key TEXT,
            request_hash TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS videos_by_status ON videos (status, id);
        CREATE INDEX IF NOT EXISTS videos_by_owner ON videos (owner, id);
        CREATE UNIQUE INDEX IF NOT EXISTS videos_by_idempotency_key ON videos (owner, idempotency_key);
        """;

    // Before there were dubs and drives all videos were talking ones, as long as their voice, and frames were not counted ahead.
    private const string Upgrade = """
        BEGIN;
        ALTER TABLE videos RENAME COLUMN voice_ms TO duration_ms;
        ALTER TABLE videos ADD COLUMN kind TEXT NOT NULL DEFAULT 'talking';
        UPDATE videos SET frames = (duration_ms * 25 + 999) / 1000 WHERE status IN ('queued', 'in_progress');
        COMMIT;
        """;

    private readonly DbDataSource source;

    public JobDatabase(IOptions<ServiceOptions> options, DataFolder folder)
    {
        source = options.Value.Database is { } connection
            ? NpgsqlDataSource.Create(connection)
            : SqliteFactory.Instance.CreateDataSource(new SqliteConnectionStringBuilder { DataSource = folder.DatabasePath }.ToString());
        IsSqlite = options.Value.Database is null;
    }

    private bool IsSqlite { get; }

    /// <summary>Creates what is missing of the tables, and brings those of earlier versions up to date.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        // With a log ahead of the data, readers and the writer do not wait for each other.
        string statements = IsSqlite ? "PRAGMA journal_mode = WAL;" + Schema : Schema;
        await ExecuteAsync(statements, [], cancellationToken);
        if (!await HasKindsAsync(cancellationToken))
        {
            await ExecuteAsync(Upgrade, [], cancellationToken);
        }
    }

    /// <summary>Runs a statement.</summary>
    /// <param name="sql">The statement; a value stands in it as @name.</param>
    /// <param name="values">Names, without the at sign, and their values.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many rows it changed.</returns>
    public async Task<int> ExecuteAsync(string sql, IEnumerable<(string Name, object? Value)> values, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await using DbCommand command = Create(connection, sql, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs a query.</summary>
    /// <param name="sql">The query; a value stands in it as @name.</param>
    /// <param name="values">Names, without the at sign, and their values.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<List<T>> QueryAsync<T>(
        string sql, IEnumerable<(string Name, object? Value)> values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await using DbCommand command = Create(connection, sql, values);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Closes all connections.</summary>
    public void Dispose()
    {
        source.Dispose();
        if (IsSqlite)
        {
            SqliteConnection.ClearAllPools();
        }
    }

    private async Task<bool> HasKindsAsync(CancellationToken cancellationToken)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await using DbCommand command = Create(connection, "SELECT * FROM videos LIMIT 0", []);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return Enumerable.Range(0, reader.FieldCount).Any(column => reader.GetName(column) == "kind");
    }

    private static DbCommand Create(DbConnection connection, string sql, IEnumerable<(string Name, object? Value)> values)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of JobStore; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object? value) in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

using Holdfast.Flags.Rules;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Holdfast.Rollout;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Flags;

/// <summary>What flags say at run time, in PostgreSQL. The one writer is a function (<c>Migrations/018_flags.sql</c>); time is the database's.</summary>
internal sealed class PostgresFlagStore : IFlagStore
{
    private const string SelectEdition = "SELECT store_id, version FROM holdfast.flag_state";

    // One statement, so all of one moment.
    private const string SelectSheet =
        """
        SELECT s.store_id, s.version, s.stream_key, f.name, f.version, f.document::text, f.updated_at, f.updated_by
        FROM holdfast.flag_state s LEFT JOIN holdfast.flags f ON true ORDER BY f.name
        """;

    private const string CallWrite = "SELECT result, now_version, was::text FROM holdfast.write_flag($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private const string SelectHistory =
        """
        SELECT version, change_id, name, action, at, actor, reason, before::text, after::text FROM holdfast.flag_history
        WHERE ($1::text IS NULL OR name = $1) AND ($2::integer IS NULL OR version < $2) ORDER BY version DESC LIMIT $3
        """;

    private const string InsertSamples =
        """
        INSERT INTO holdfast.flag_samples (batch_id, name, variant, at, requests, errors, latencies)
        SELECT $1, s.name, s.variant, holdfast.clock(), s.requests, s.errors, s.latencies
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) AS s(name, variant, requests, errors, latencies)
        ON CONFLICT DO NOTHING
        """;

    private const string SelectSamples =
        """
        SELECT holdfast.clock(), s.variant, s.requests, s.errors, s.latencies, s.at
        FROM (SELECT) AS one LEFT JOIN holdfast.flag_samples s ON s.name = $1 AND s.at >= holdfast.clock() - $2 ORDER BY s.at
        """;

    private const string CallPrune = "SELECT holdfast.prune_flags($1, $2)";

    private readonly PostgresStoreOptions _options;
    private readonly PostgresDatabase _database;
    private readonly PostgresSchema _schema;

    public PostgresFlagStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresFlagStore> log)
    {
        _options = options;
        var settings = ConnectionSettings.Parse(options.ConnectionString);
        _database = new PostgresDatabase(settings.ForFlags(), options.WriteTimeMax, time);
        _schema = new PostgresSchema(_database, PostgresSchema.Known, options.ReadTimeMax, time, log);
        Bell = new PostgresFlagBell(_database, settings, time, log);
    }

    public IFlagBell Bell { get; }

    /// <summary>Where its connections are.</summary>
    public PostgresDatabase Database => _database;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _schema.EnsureAsync(cancellationToken);

    public ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) => (await connection.QueryAsync(SelectEdition, ReadEdition, token)).Single(), cancellationToken);

    public ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) =>
        {
            var rows = await connection.QueryAsync(SelectSheet, row => (Edition: ReadEdition(row), Key: row.GetFieldValue<byte[]>(2), Flag: ReadFlag(row)), token);
            return new FlagSheet(rows[0].Edition, rows[0].Key, [.. rows.Select(row => row.Flag).OfType<StoredFlag>()]);
        },
        cancellationToken);

    public async ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken)
    {
        object?[] parameters =
        [
            write.Id, write.Name, Json(write.Document), Maybe(write.Seen?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
            Maybe(write.JudgedBy, NpgsqlDbType.Integer), write.Action, write.Actor,
            Maybe(write.Reason, NpgsqlDbType.Text), FlagLimits.FlagsMax,
        ];
        var results = await _database.RunForWriterAsync(
            (connection, token) => RetryCall.RunAsync(connection, _options.WriteTimeMax, CallWrite, ReadResult, token, parameters), cancellationToken);
        return results[0];
    }

    public ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<FlagChangeNote>>(
        async (connection, token) => await connection.QueryAsync(
            SelectHistory, ReadNote, token, Maybe(query.Name, NpgsqlDbType.Text), Maybe(query.Below, NpgsqlDbType.Integer), query.Limit),
        cancellationToken);

    public async ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken)
    {
        object?[] parameters =
        [
            id, samples.Select(sample => sample.Flag).ToArray(), samples.Select(sample => sample.Variant).ToArray(), samples.Select(sample => sample.Requests).ToArray(),
            samples.Select(sample => sample.Errors).ToArray(), samples.Select(sample => sample.Latencies.ToString()).ToArray(),
        ];
        await _database.RunForWriterAsync((connection, token) => connection.ExecuteAsync(InsertSamples, token, parameters), cancellationToken);
    }

    public ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) =>
        {
            var rows = await connection.QueryAsync(SelectSamples, row => (Now: row.GetFieldValue<DateTimeOffset>(0), Sample: ReadSample(row, flag)), token, flag, last);
            return new FlagMeasured(rows[0].Now, [.. rows.Select(row => row.Sample).OfType<FlagSample>()]);
        },
        cancellationToken);

    public async ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken) =>
        await _database.RunAsync(_options.MaintenanceTimeMax, (connection, token) => connection.ExecuteAsync(CallPrune, token, keepHistory, keepSamples), cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) =>
        _database.RunAsync(_options.ReadTimeMax, work, cancellationToken);

    private static FlagEdition ReadEdition(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetInt32(1));

    private static StoredFlag? ReadFlag(NpgsqlDataReader row) => row.IsDBNull(3)
        ? null
        : new StoredFlag(row.GetString(3), row.GetInt32(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetString(7));

    private static FlagWriteResult ReadResult(NpgsqlDataReader row)
    {
        var status = row.GetString(0) switch
        {
            "written" => FlagWriteStatus.Written,
            "outdated" => FlagWriteStatus.Outdated,
            "full" => FlagWriteStatus.Full,
            _ => FlagWriteStatus.Overtaken,
        };
        return new FlagWriteResult(status, row.GetInt32(1), TextOrNull(row, 2));
    }

    private static FlagChangeNote ReadNote(NpgsqlDataReader row) => new()
    {
        Version = row.GetInt32(0),
        Id = row.GetGuid(1),
        Name = row.GetString(2),
        Action = row.GetString(3),
        At = row.GetFieldValue<DateTimeOffset>(4),
        Actor = row.GetString(5),
        Reason = TextOrNull(row, 6),
        Before = TextOrNull(row, 7),
        After = TextOrNull(row, 8),
    };

    private static FlagSample? ReadSample(NpgsqlDataReader row, string flag) => row.IsDBNull(1)
        ? null
        : new FlagSample(flag, row.GetString(1), row.GetInt64(2), row.GetInt64(3), LatencyHistogram.Parse(row.GetString(4))) { At = row.GetFieldValue<DateTimeOffset>(5) };

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static NpgsqlParameter Json(string? document) => Maybe(document, NpgsqlDbType.Json);

    private static NpgsqlParameter Maybe(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}

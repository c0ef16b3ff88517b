using Npgsql;

namespace Holdfast.Storage.Tests.Support;

/// <summary>One database, and short ways to look into it and to break it.</summary>
internal sealed class PostgresTestDatabase(PostgresServer server, string name)
{
    public PostgresServer Server => server;

    public string Name => name;

    public string ConnectionString => server.ConnectionString(name);

    public void Execute(string sql)
    {
        using var connection = Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Within the connection's transaction, if it has one.</summary>
    public static void Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Until somebody waits for such a lock, as <c>pg_locks</c> shows it, or whoever should do so has come to an end.</summary>
    public async Task UntilLockedAsync(string lockIs, Task waiting)
    {
        while (!waiting.IsCompleted && Scalar<long>($"SELECT count(*) FROM pg_locks WHERE NOT granted AND {lockIs}") == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }

    public T Scalar<T>(string sql) => Rows(sql, row => row.GetFieldValue<T>(0)).Single();

    public IReadOnlyList<T> Rows<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        using var connection = Open();
        using var command = new NpgsqlCommand(sql, connection);
        using var rows = command.ExecuteReader();
        var items = new List<T>();
        while (rows.Read())
        {
            items.Add(read(rows));
        }

        return items;
    }

    /// <summary>Empties all tables, as if the database had just been made.</summary>
    public void Reset() => Execute(
        """
        TRUNCATE monitoring.monitoring_events, monitoring.samples, monitoring.series, monitoring.rollup_1min, monitoring.rollup_1hour,
          monitoring.validation_metrics, monitoring.dead_letter_queue, holdfast.spool_totals, holdfast.batch_ledger, holdfast.lost_ranges, holdfast.audit,
          holdfast.rollup_marks RESTART IDENTITY;
        UPDATE holdfast.store SET samples_from = NULL, minutes_from = NULL;
        """);

    /// <summary>Empties the queue, and sets the clock right.</summary>
    public void ResetRetries() => Execute(
        """
        TRUNCATE holdfast.retries, holdfast.retry_leases, holdfast.retry_processes, holdfast.retry_dead_letters, holdfast.retry_log, holdfast.retry_keys,
          holdfast.retry_group_places, holdfast.retry_counts, holdfast.retry_count_deltas, holdfast.operations, holdfast.operation_items;
        UPDATE holdfast.clock_shift SET shift = '0';
        """);

    /// <summary>Takes back every flag.</summary>
    public void ResetFlags() => Execute(
        """
        TRUNCATE holdfast.flags, holdfast.flag_history, holdfast.flag_samples;
        UPDATE holdfast.flag_state SET version = 0;
        UPDATE holdfast.clock_shift SET shift = '0';
        """);

    /// <summary>Empties the keys.</summary>
    public void ResetKeys() => Execute("TRUNCATE holdfast.api_keys; UPDATE holdfast.api_keys_revision SET revision = 0");

    /// <summary>Empties the preferences. The count of changes goes on, as it does when they are removed.</summary>
    public void ResetPreferences() => Execute("TRUNCATE holdfast.preferences");

    public NpgsqlConnection Open()
    {
        var connection = new NpgsqlConnection(ConnectionString + ";Application Name=test");
        connection.Open();
        return connection;
    }
}

using System.Diagnostics;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Benchmarks.Pipeline;

/// <summary>
/// What PostgreSQL itself can do with the same rows: they are copied out, and back into the same table with one bare binary COPY, with all
/// its indexes and rules. They go into a day of their own, which is dropped afterwards, so that no row that is there stands in the way.
/// </summary>
internal static class BareCopy
{
    private const string Columns = "id, event_type, \"timestamp\", source, data, metadata, category, epoch, sequence_id, received_at, received_on, data_text";

    // Far from every day that is in use.
    private const int DaysAhead = 3_650;

    /// <returns>Rows a second, the commit included.</returns>
    public static async Task<double> RunAsync(string connectionString, int rows, string directory)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionSettings.Parse(connectionString).ForReading());
        await using var connection = await source.OpenConnectionAsync();
        var day = await ScalarAsync<DateOnly>(connection, $"SELECT max(received_on) + {DaysAhead} FROM monitoring.monitoring_events");
        var file = Path.Combine(directory, "rows.bin");
        await CopyOutAsync(connection, day, rows, file);
        await ScalarAsync<bool>(connection, $"SELECT holdfast.ensure_partition('monitoring_events', '{day:O}')");
        try
        {
            var started = Stopwatch.GetTimestamp();
            await CopyInAsync(connection, file);
            var took = Stopwatch.GetElapsedTime(started);
            var copied = await ScalarAsync<long>(connection, $"SELECT count(*) FROM monitoring.monitoring_events WHERE received_on = '{day:O}'");
            return copied / took.TotalSeconds;
        }
        finally
        {
            await ScalarAsync<long>(connection, $"SELECT holdfast.drop_partition('monitoring_events', 'monitoring_events_{day:yyyyMMdd}')");
        }
    }

    /// <summary>The rows that came last, in the order in which they were stored.</summary>
    private static async Task CopyOutAsync(NpgsqlConnection connection, DateOnly day, int rows, string file)
    {
        var select =
            $"""
            SELECT id, event_type, "timestamp", source, data, metadata, category, epoch, sequence_id, received_at, '{day:O}'::date, data_text FROM (
              SELECT * FROM monitoring.monitoring_events
              WHERE epoch = (SELECT spool_id FROM holdfast.spool_totals ORDER BY spool_key DESC LIMIT 1) ORDER BY sequence_id DESC LIMIT {rows}) newest
            ORDER BY sequence_id
            """;
        await using var target = File.Create(file);
        await using var copy = await connection.BeginRawBinaryCopyAsync($"COPY ({select}) TO STDOUT (FORMAT binary)");
        await copy.CopyToAsync(target);
    }

    private static async Task CopyInAsync(NpgsqlConnection connection, string file)
    {
        await using var rows = File.OpenRead(file);
        await using var copy = await connection.BeginRawBinaryCopyAsync($"COPY monitoring.monitoring_events ({Columns}) FROM STDIN (FORMAT binary)");
        await rows.CopyToAsync(copy, 1 << 20);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return row.GetFieldValue<T>(0);
    }
}

using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>Writes validation counts once per batch id, by the first approach that is open.</summary>
internal sealed class ValidationWriter(ApproachChoice choice, ILogger log)
{
    private const string Kind = "validation metrics";
    private const string Savepoint = "validation";

    private const string CallFunction = "SELECT monitoring.insert_validation_metrics($1, $2)";

    private const string InsertDirect = "INSERT INTO monitoring.validation_metrics " + Given + " ON CONFLICT (batch_id, event_type) DO NOTHING";

    private const string InsertView = "INSERT INTO monitoring.validation_metrics_insert " + Given;

    private const string Given =
        """
        (batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp)
        SELECT $1, r.* FROM jsonb_to_recordset($2) AS r (
          event_type text, total_events bigint, passed_events bigint, failed_events bigint, pass_rate double precision,
          avg_validation_time_ms double precision, total_errors bigint, total_warnings bigint, flush_timestamp timestamptz)
        """;

    /// <summary>False when the batch was there already; then nothing is written.</summary>
    /// <exception cref="StoreUnavailableException">No approach is open.</exception>
    public async ValueTask<bool> WriteAsync(
        NpgsqlConnection connection, PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var rows = ToJson(pending.Counts, flushedAt);
        var closed = new List<string>();
        foreach (var approach in choice.For(pending.Counts.Count))
        {
            await transaction.SaveAsync(Savepoint, cancellationToken);
            try
            {
                var written = await RunAsync(connection, approach, pending.BatchId, rows, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                choice.Worked(approach);
                return written > 0 || pending.Counts.Count == 0;
            }
            catch (PostgresException fault) when (SqlStates.IsCapability(fault.SqlState))
            {
                await transaction.RollbackAsync(Savepoint, cancellationToken);
                closed.Add($"{RowSetWriter.Name(approach)}: {fault.MessageText} ({fault.SqlState})");
                if (choice.Closed(approach))
                {
                    StoreLog.ApproachClosed(log, RowSetWriter.Name(approach), Kind, fault.SqlState, fault.MessageText, ApproachChoice.ProbeAfter.TotalSeconds);
                }
            }
        }

        throw new StoreUnavailableException(
            "schema", $"None of the ways to store {Kind} is open: {string.Join("; ", closed)}. Restore what was changed in schema monitoring.", inner: null);
    }

    private static async ValueTask<int> RunAsync(
        NpgsqlConnection connection, StoreApproach approach, Guid batchId, byte[] rows, CancellationToken cancellationToken)
    {
        var json = new NpgsqlParameter { Value = rows, NpgsqlDbType = NpgsqlDbType.Jsonb };
        return approach switch
        {
            StoreApproach.Rpc => await connection.ScalarAsync<int>(CallFunction, cancellationToken, batchId, json),
            StoreApproach.Direct => await connection.ExecuteAsync(InsertDirect, cancellationToken, batchId, json),
            _ => await connection.ExecuteAsync(InsertView, cancellationToken, batchId, json),
        };
    }

    private static byte[] ToJson(IReadOnlyList<ValidationCount> counts, DateTimeOffset flushedAt) => JsonSerializer.SerializeToUtf8Bytes(
        counts.Select(count =>
        {
            var total = Math.Max(1, count.Total); // a type without events has a rate of 0, not of 0/0
            return new
            {
                event_type = count.EventType,
                total_events = count.Total,
                passed_events = count.Passed,
                failed_events = count.Failed,
                pass_rate = (double)count.Passed / total,
                avg_validation_time_ms = count.DurationMicroseconds / 1000.0 / total,
                total_errors = count.Errors,
                total_warnings = count.Warnings,
                flush_timestamp = flushedAt.UtcDateTime,
            };
        }));
}

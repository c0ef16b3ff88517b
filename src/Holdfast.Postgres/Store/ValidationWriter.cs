using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Store;

/// <summary>Writes validation counts once per batch id, by the first approach that is open.</summary>
internal sealed class ValidationWriter(ApproachChoice choice, WriteTransactions transactions, TimeSpan timeMax, ILogger log)
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

    /// <summary>Writes what is not there yet.</summary>
    /// <exception cref="StoreUnavailableException">No approach is open.</exception>
    public async ValueTask<ValidationWriteResult> WriteAsync(
        NpgsqlConnection connection, PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(connection, timeMax, cancellationToken);
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
                return new ValidationWriteResult(RowSetWriter.Name(approach), written);
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
        counts.Select(count => ValidationRow.Of(count, flushedAt)).Select(row => new
        {
            event_type = row.EventType,
            total_events = row.TotalEvents,
            passed_events = row.PassedEvents,
            failed_events = row.FailedEvents,
            pass_rate = row.PassRate,
            avg_validation_time_ms = row.AvgValidationTimeMs,
            total_errors = row.TotalErrors,
            total_warnings = row.TotalWarnings,
            flush_timestamp = row.FlushedAt.UtcDateTime,
        }));
}

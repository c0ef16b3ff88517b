using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>Keeps refused rows, in the transaction that enters their batch into the ledger.</summary>
internal static class DeadLetterWriter
{
    private const string Insert =
        """
        INSERT INTO monitoring.dead_letter_queue
          (original_payload, failure_reason, created_at, payload_bytes, kind, row_count, spool_id, batch_seq, row, sequence_id, received_at,
           sqlstate, constraint_name, column_name, approach, fingerprint, format_version, next_retry_at)
        VALUES (holdfast.jsonb_or_bytes($1, $4), $2, $3, $4, $5, $6, $7, $8, $9, $10::bigint, $11, $12, $13::text, $14::text, $15, $16, $17, $18)
        """;

    public static void Write(NpgsqlBatch batch, SpoolAccount account, RefusedRow row, string approach, DateTimeOffset now)
    {
        var (code, constraint, column, reason) = row.Refusal;
        batch.Add(
            Insert,
            row.Json, reason, now.UtcDateTime, row.Payload.ToArray(), row.KindName, row.RowCount, account.SpoolId, row.Batch.BatchSeq, row.Row,
            row.Batch.Kind == SpoolKind.Event ? row.Batch.FirstSequence + row.Row : null, row.Batch.ReceivedAt.UtcDateTime,
            code, constraint, column, approach, DeadLetterPayload.Fingerprint(row.KindName, code, constraint ?? column),
            (short)row.Batch.FormatVersion, (now + ReplayAttempts.FirstDelay).UtcDateTime);
        var totals = row.Batch.Kind == SpoolKind.Event ? account.Events : account.Samples;
        totals.DeadLettered += row.RowCount;
    }
}

using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>Keeps refused rows, in the transaction that enters their batch into the ledger.</summary>
internal static class DeadLetterWriter
{
    private const string Insert =
        """
        INSERT INTO dead_letter_queue
          (original_payload, failure_reason, created_at, payload_bytes, kind, row_count, spool_id, batch_seq, row, sequence_id, received_at,
           sqlstate, constraint_name, column_name, approach, fingerprint, format_version, next_retry_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'direct', ?, ?, ?)
        """;

    public static void Write(SqliteDatabase database, SpoolAccount account, RefusedRow row, DateTimeOffset now)
    {
        var (code, constraint, column, reason) = row.Refusal;
        database.Prepare(Insert)
            .Bind(1, row.Json).Bind(2, reason).Bind(3, UnixMicroseconds.From(now)).BindBlob(4, row.Payload.Span)
            .Bind(5, row.KindName).Bind(6, row.RowCount).Bind(7, account.SpoolId).Bind(8, row.Batch.BatchSeq).Bind(9, row.Row)
            .Bind(10, row.Batch.Kind == SpoolKind.Event ? row.Batch.FirstSequence + row.Row : null).Bind(11, UnixMicroseconds.From(row.Batch.ReceivedAt))
            .Bind(12, code).Bind(13, constraint).Bind(14, column)
            .Bind(15, DeadLetterPayload.Fingerprint(row.KindName, code, constraint ?? column))
            .Bind(16, row.Batch.FormatVersion).Bind(17, UnixMicroseconds.From(now + ReplayAttempts.FirstDelay))
            .Run();
        var totals = row.Batch.Kind == SpoolKind.Event ? account.Events : account.Samples;
        totals.DeadLettered += row.RowCount;
    }
}

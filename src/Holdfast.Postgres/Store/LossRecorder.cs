using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Enters ranges that a spool lost. What the store holds of such a range is not lost: it was flushed before the spool's file was
/// damaged. Only the holes become ledger entries, and only their rows are counted.
/// </summary>
internal static class LossRecorder
{
    private const string InsertRange =
        """
        INSERT INTO holdfast.lost_ranges (spool_id, first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at)
        VALUES ($1, $2, $3, $4::bigint, $5::bigint, $6, $7, $8, $9) ON CONFLICT DO NOTHING
        """;

    // The index on batch_seq keeps to the pages of those batches. The rows of a recovered letter are among the samples.
    private const string CountSamples =
        """
        SELECT (SELECT count(*) FROM monitoring.samples WHERE spool_key = $1 AND batch_seq BETWEEN $3 AND $4)
          + (SELECT coalesce(sum(row_count), 0)::bigint FROM monitoring.dead_letter_queue WHERE kind = 'sample' AND status <> 'recovered' AND spool_id = $2 AND batch_seq BETWEEN $3 AND $4)
        """;

    /// <summary>Enters the ranges one after the other, all in the transaction at hand.</summary>
    public static async ValueTask RecordAsync(
        NpgsqlConnection connection, Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken)
    {
        var account = await SpoolAccount.LockAsync(connection, spoolId, cancellationToken);
        foreach (var range in ranges)
        {
            await RecordAsync(connection, account, range, cancellationToken);
        }
    }

    private static async ValueTask RecordAsync(
        NpgsqlConnection connection, SpoolAccount account, LostRange range, CancellationToken cancellationToken)
    {
        var ledger = await BatchLedger.ReadAsync(
            connection, account, Math.Max(range.FirstBatchSeq, account.ContiguousMark + 1), range.LastBatchSeq, cancellationToken);
        var holes = LossAccount.Holes(range, account.ContiguousMark, ledger.Held);
        if (holes.Count == 0)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(connection);
        var samplesUpToMark = await CountSamplesUpToMarkAsync(connection, account, range, cancellationToken);
        var loss = LossAccount.Of(range, account.ContiguousMark, account.MarkSequence, ledger.Held, samplesUpToMark);
        account.Events.Lost += loss.Events;
        account.Samples.Lost += loss.Samples;
        batch.Add(
            InsertRange, account.SpoolId, range.FirstBatchSeq, range.LastBatchSeq, range.FirstSequence, range.LastSequence,
            loss.Events, loss.Samples, range.Reason, range.NoticedAt.UtcDateTime);
        foreach (var (first, last) in holes)
        {
            // Where a hole ends inside the range, the batch behind it has the sequence numbers that follow.
            var lastSequence = last == range.LastBatchSeq ? range.LastSequence ?? 0 : 0;
            ledger.Enter(new LedgerEntry(first, last, "lost", "unknown", RowCount: 0, lastSequence));
        }

        await ledger.SaveAsync(connection, batch, cancellationToken);
        account.Save(batch);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async ValueTask<long> CountSamplesUpToMarkAsync(
        NpgsqlConnection connection, SpoolAccount account, LostRange range, CancellationToken cancellationToken) =>
        LossAccount.ReachesBelow(range, account.ContiguousMark)
            ? await connection.ScalarAsync<long>(
                CountSamples, cancellationToken, account.Key, account.SpoolId, range.FirstBatchSeq, Math.Min(range.LastBatchSeq, account.ContiguousMark))
            : 0;
}

using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Enters ranges that a spool lost. What the store holds of such a range is not lost: it was flushed before the spool's file was
/// damaged. Only the holes become ledger entries, and only their rows are counted.
/// </summary>
internal static class LossRecorder
{
    private const string InsertRange =
        """
        INSERT INTO lost_ranges (spool_key, first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """;

    // A walk over the samples: nobody keeps an index for what happens when a disk fails. The rows of a recovered letter are among them.
    private const string CountSamples =
        """
        SELECT (SELECT count(*) FROM samples WHERE spool_key = ?1 AND position >= ?3 << 16 AND position < (?4 + 1) << 16)
          + (SELECT coalesce(sum(row_count), 0) FROM dead_letter_queue WHERE kind = 'sample' AND status <> 'recovered' AND spool_id = ?2 AND batch_seq BETWEEN ?3 AND ?4)
        """;

    public static void Record(SqliteDatabase database, SpoolAccount account, LostRange range)
    {
        var held = ReadHeldWithin(database, account, range);
        var holes = LossAccount.Holes(range, account.ContiguousMark, held);
        if (holes.Count == 0)
        {
            return;
        }

        var loss = LossAccount.Of(range, account.ContiguousMark, account.MarkSequence, held, CountSamplesUpToMark(database, account, range));
        NoteRange(database, account, range, loss);
        account.Events.Lost += loss.Events;
        account.Samples.Lost += loss.Samples;
        foreach (var (first, last) in holes)
        {
            // Where a hole ends inside the range, the batch behind it has the sequence numbers that follow.
            var lastSequence = last == range.LastBatchSeq ? range.LastSequence ?? 0 : 0;
            BatchLedger.Enter(database, account, new LedgerEntry(first, last, "lost", "unknown", RowCount: 0, lastSequence));
        }
    }

    private static List<LedgerEntry> ReadHeldWithin(SqliteDatabase database, SpoolAccount account, LostRange range) =>
    [
        .. BatchLedger.ReadFrom(database, account, account.ContiguousMark + 1)
            .TakeWhile(entry => entry.FirstBatchSeq <= range.LastBatchSeq)
            .Where(entry => entry.LastBatchSeq >= range.FirstBatchSeq),
    ];

    private static long CountSamplesUpToMark(SqliteDatabase database, SpoolAccount account, LostRange range)
    {
        if (!LossAccount.ReachesBelow(range, account.ContiguousMark))
        {
            return 0;
        }

        using var count = database.Prepare(CountSamples)
            .Bind(1, account.Key).Bind(2, account.SpoolId).Bind(3, range.FirstBatchSeq).Bind(4, Math.Min(range.LastBatchSeq, account.ContiguousMark));
        return count.Step() ? count.Int64(0) : 0;
    }

    private static void NoteRange(SqliteDatabase database, SpoolAccount account, LostRange range, LossAccount loss) =>
        database.Prepare(InsertRange)
            .Bind(1, account.Key).Bind(2, range.FirstBatchSeq).Bind(3, range.LastBatchSeq)
            .Bind(4, range.FirstSequence).Bind(5, range.LastSequence)
            .Bind(6, loss.Events).Bind(7, loss.Samples)
            .Bind(8, range.Reason).Bind(9, UnixMicroseconds.From(range.NoticedAt)).Run();
}

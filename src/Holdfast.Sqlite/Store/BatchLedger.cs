using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Which batches of a spool the store holds: everything up to the account's contiguous mark, and the entries above it. Batches usually
/// come in order; then the mark alone moves and no row is written.
/// </summary>
internal static class BatchLedger
{
    private const string SelectCovering =
        "SELECT last_batch_seq FROM batch_ledger WHERE spool_key = ? AND first_batch_seq <= ? ORDER BY first_batch_seq DESC LIMIT 1";

    private const string SelectFrom =
        "SELECT first_batch_seq, last_batch_seq, state, kind, row_count, last_sequence FROM batch_ledger WHERE spool_key = ? AND first_batch_seq >= ? ORDER BY first_batch_seq";

    private const string Insert =
        "INSERT INTO batch_ledger (spool_key, first_batch_seq, last_batch_seq, state, kind, row_count, last_sequence) VALUES (?, ?, ?, ?, ?, ?, ?)";

    private const string DeleteUpTo = "DELETE FROM batch_ledger WHERE spool_key = ? AND first_batch_seq <= ?";

    public static bool Holds(SqliteDatabase database, SpoolAccount account, long batchSeq)
    {
        if (batchSeq <= account.ContiguousMark)
        {
            return true;
        }

        using var covering = database.Prepare(SelectCovering).Bind(1, account.Key).Bind(2, batchSeq);
        return covering.Step() && covering.Int64(0) >= batchSeq;
    }

    /// <summary>Enters what is not held yet; the entry must not overlap another.</summary>
    public static void Enter(SqliteDatabase database, SpoolAccount account, in LedgerEntry entry)
    {
        account.HighestSequence = Math.Max(account.HighestSequence, entry.LastSequence);
        if (entry.FirstBatchSeq == account.ContiguousMark + 1)
        {
            MoveMark(account, entry);
            AbsorbFollowing(database, account);
            return;
        }

        database.Prepare(Insert)
            .Bind(1, account.Key).Bind(2, entry.FirstBatchSeq).Bind(3, entry.LastBatchSeq).Bind(4, entry.State)
            .Bind(5, entry.Kind).Bind(6, entry.RowCount).Bind(7, entry.LastSequence).Run();
    }

    /// <summary>The entries from a batch number on, in order.</summary>
    public static IEnumerable<LedgerEntry> ReadFrom(SqliteDatabase database, SpoolAccount account, long batchSeq)
    {
        using var rows = database.Prepare(SelectFrom).Bind(1, account.Key).Bind(2, batchSeq);
        while (rows.Step())
        {
            yield return new LedgerEntry(rows.Int64(0), rows.Int64(1), rows.Text(2), rows.Text(3), rows.Int64(4), rows.Int64(5));
        }
    }

    public static StoreHeld ReadHeld(SqliteDatabase database, Guid spoolId)
    {
        if (SpoolAccount.Find(database, spoolId) is not { } account)
        {
            return new StoreHeld(0, [], 0);
        }

        var above = ReadFrom(database, account, account.ContiguousMark + 1).Select(entry => new BatchRange(entry.FirstBatchSeq, entry.LastBatchSeq));
        return new StoreHeld(account.ContiguousMark, BatchRange.Joined(above), account.HighestSequence);
    }

    private static void AbsorbFollowing(SqliteDatabase database, SpoolAccount account)
    {
        var before = account.ContiguousMark;
        foreach (var entry in ReadFrom(database, account, before + 1).TakeWhile(entry => entry.FirstBatchSeq == account.ContiguousMark + 1))
        {
            MoveMark(account, entry);
        }

        if (account.ContiguousMark > before)
        {
            database.Prepare(DeleteUpTo).Bind(1, account.Key).Bind(2, account.ContiguousMark).Run();
        }
    }

    private static void MoveMark(SpoolAccount account, in LedgerEntry entry)
    {
        account.ContiguousMark = entry.LastBatchSeq;
        account.MarkSequence = Math.Max(account.MarkSequence, entry.LastSequence);
    }
}

using System.Data;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Which batches of a spool the store holds: everything up to the account's contiguous mark, and the entries above it. Batches usually
/// come in order; then the mark alone moves and no row is written. Works on the entries it was given; <see cref="SaveAsync"/> writes what changed.
/// </summary>
internal sealed class BatchLedger(SpoolAccount account, IReadOnlyList<LedgerEntry> held)
{
    private const int EntriesPerRead = 1_000;

    private const string SelectOverlapping =
        """
        SELECT first_batch_seq, last_batch_seq, state, kind, row_count, last_sequence FROM holdfast.batch_ledger
        WHERE spool_id = $1 AND first_batch_seq <= $3 AND last_batch_seq >= $2 ORDER BY first_batch_seq
        """;

    private const string SelectFrom =
        """
        SELECT first_batch_seq, last_batch_seq, state, kind, row_count, last_sequence FROM holdfast.batch_ledger
        WHERE spool_id = $1 AND first_batch_seq >= $2 ORDER BY first_batch_seq LIMIT $3
        """;

    private const string Insert =
        """
        INSERT INTO holdfast.batch_ledger (spool_id, first_batch_seq, last_batch_seq, state, kind, row_count, last_sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;

    private const string DeleteUpTo = "DELETE FROM holdfast.batch_ledger WHERE spool_id = $1 AND first_batch_seq <= $2";

    private readonly List<LedgerEntry> _entered = [];
    private readonly HashSet<long> _enteredBatches = [];

    /// <summary>The entries of the range that were there already.</summary>
    public IReadOnlyList<LedgerEntry> Held => held;

    /// <summary>The ledger of a spool, as far as it concerns a range of batches.</summary>
    public static async ValueTask<BatchLedger> ReadAsync(
        NpgsqlConnection connection, SpoolAccount account, long firstBatchSeq, long lastBatchSeq, CancellationToken cancellationToken) =>
        new(account, await connection.QueryAsync(SelectOverlapping, ReadEntry, cancellationToken, account.SpoolId, firstBatchSeq, lastBatchSeq));

    /// <summary>Whether a batch is held or was entered; ranges of batches are entered by those who do not ask.</summary>
    public bool Holds(long batchSeq) =>
        batchSeq <= account.ContiguousMark || _enteredBatches.Contains(batchSeq) || Covers(held, batchSeq);

    /// <summary>Enters what is not held yet; the entry must not overlap another.</summary>
    public void Enter(in LedgerEntry entry)
    {
        account.HighestSequence = Math.Max(account.HighestSequence, entry.LastSequence);
        _entered.Add(entry);
        _enteredBatches.Add(entry.FirstBatchSeq);
    }

    /// <summary>Moves the mark over everything that follows it without a hole; the rest becomes rows of the ledger.</summary>
    public async ValueTask SaveAsync(NpgsqlConnection connection, NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var before = account.ContiguousMark;
        var waiting = new Queue<LedgerEntry>(_entered.OrderBy(entry => entry.FirstBatchSeq));
        MoveMarkOver(waiting);
        if (account.ContiguousMark > before)
        {
            await AbsorbStoredAsync(connection, waiting, cancellationToken);
            batch.Add(DeleteUpTo, account.SpoolId, account.ContiguousMark);
        }

        foreach (var entry in waiting)
        {
            batch.Add(
                Insert, account.SpoolId, entry.FirstBatchSeq, entry.LastBatchSeq, entry.State, entry.Kind, entry.RowCount, entry.LastSequence);
        }
    }

    public static async ValueTask<StoreHeld> ReadHeldAsync(NpgsqlConnection connection, Guid spoolId, CancellationToken cancellationToken)
    {
        // One view of both: an entry that the mark reaches meanwhile would be seen in neither.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await SpoolAccount.FindAsync(connection, spoolId, cancellationToken) is not { } account)
        {
            return new StoreHeld(0, [], 0);
        }

        var entries = await connection.QueryAsync(SelectFrom, ReadEntry, cancellationToken, spoolId, account.ContiguousMark + 1, int.MaxValue);
        var above = entries.Select(entry => new BatchRange(entry.FirstBatchSeq, entry.LastBatchSeq));
        return new StoreHeld(account.ContiguousMark, BatchRange.Joined(above), account.HighestSequence);
    }

    /// <summary>The mark reached entries that are stored: goes over them page by page, and over new ones in between.</summary>
    private async ValueTask AbsorbStoredAsync(NpgsqlConnection connection, Queue<LedgerEntry> waiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await connection.QueryAsync(
                SelectFrom, ReadEntry, cancellationToken, account.SpoolId, account.ContiguousMark + 1, EntriesPerRead);
            var before = account.ContiguousMark;
            foreach (var entry in page)
            {
                MoveMarkOver(waiting);
                MoveMarkOver(entry);
            }

            MoveMarkOver(waiting);
            if (account.ContiguousMark == before)
            {
                return;
            }
        }
    }

    private void MoveMarkOver(Queue<LedgerEntry> waiting)
    {
        while (waiting.TryPeek(out var entry) && MoveMarkOver(entry))
        {
            waiting.Dequeue();
        }
    }

    private bool MoveMarkOver(in LedgerEntry entry)
    {
        if (entry.FirstBatchSeq != account.ContiguousMark + 1)
        {
            return false;
        }

        account.ContiguousMark = entry.LastBatchSeq;
        account.MarkSequence = Math.Max(account.MarkSequence, entry.LastSequence);
        return true;
    }

    private static bool Covers(IReadOnlyList<LedgerEntry> entries, long batchSeq) =>
        entries.Any(entry => entry.FirstBatchSeq <= batchSeq && batchSeq <= entry.LastBatchSeq);

    private static LedgerEntry ReadEntry(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5));
}

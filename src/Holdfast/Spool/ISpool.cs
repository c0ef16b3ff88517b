namespace Holdfast.Spool;

/// <summary>
/// The durable waiting room. What is appended here survives the process (and, in mode durable, the machine) until
/// <see cref="RemoveAsync"/> says that the store's batch ledger holds it. Implemented on SQLite; safe for concurrent use.
/// </summary>
internal interface ISpool : IAsyncDisposable
{
    /// <summary>Identity of this spool, made with its file. It is the epoch of every event sequenced here.</summary>
    Guid SpoolId { get; }

    /// <summary>What an acknowledgement is worth.</summary>
    SpoolDurability Durability { get; }

    /// <summary>
    /// Makes the entries durable, all in one commit, numbers them, and returns their positions. A caller's cancellation works until the
    /// entries are handed over; after that it is too late, and the receipt comes as if nobody had left.
    /// </summary>
    /// <exception cref="SpoolFullException">The byte budget is used up; nothing of this append was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The file cannot be written (disk full, I/O error); nothing was acknowledged.</exception>
    ValueTask<SpoolReceipt> AppendAsync(SpoolAppend append, CancellationToken cancellationToken);

    /// <summary>Batches that wait, in the order asked for. Empty when none waits. A batch that fails its checksum is set aside and counted as lost, never returned.</summary>
    ValueTask<IReadOnlyList<SpooledBatch>> ReadAsync(SpoolRead read, CancellationToken cancellationToken);

    /// <summary>Forgets batches that the store's batch ledger holds. Unknown numbers are ignored, so a repeat is harmless.</summary>
    ValueTask RemoveAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken);

    /// <summary>
    /// Completes when a batch may wait with a number above <paramref name="afterBatchSeq"/>: at once when one is there already. A wake-up
    /// without a batch is possible.
    /// </summary>
    ValueTask WaitForAppendAsync(long afterBatchSeq, CancellationToken cancellationToken);

    /// <summary>
    /// Puts rows aside that the store refused while dead-lettering is switched off, keyed by (batch_seq, row), before the rest of their
    /// batch is committed. A repeat of the same key is ignored.
    /// </summary>
    /// <exception cref="SpoolFullException">Parked rows have used up their quarter of the budget; none of these was taken. They belong to the dead letters then.</exception>
    ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets what was parked of these batches. For batches that the store does not hold and is about to write: what an earlier write of them parked
    /// never became true, and what is refused this time is parked this time.
    /// </summary>
    ValueTask ForgetParkedAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken);

    /// <summary>
    /// Makes parked rows wait again, the oldest first, each as a batch of its own with numbers of its own: its old batch is done with. Those
    /// whose batch still waits stay. One commit, in which they leave the one place and enter the other.
    /// </summary>
    /// <returns>How many were moved; fewer than asked for when no more are parked.</returns>
    ValueTask<int> UnparkAsync(int rowsMax, CancellationToken cancellationToken);

    /// <summary>Validation counts that no store holds yet, with the id under which they are to be written. The id stays the same until <see cref="ConfirmValidationAsync"/>.</summary>
    ValueTask<PendingValidation> TakeValidationAsync(CancellationToken cancellationToken);

    /// <summary>Forgets the counts that were taken under the id, after the store holds them.</summary>
    ValueTask ConfirmValidationAsync(Guid batchId, CancellationToken cancellationToken);

    /// <summary>Ranges that are gone: reported once to the store's batch ledger, then confirmed with <see cref="ConfirmLossAsync"/>.</summary>
    ValueTask<IReadOnlyList<LostRange>> ReadLossesAsync(CancellationToken cancellationToken);

    /// <summary>Notes that the store's batch ledger holds these ranges as lost.</summary>
    ValueTask ConfirmLossAsync(IReadOnlyCollection<long> firstBatchSeqs, CancellationToken cancellationToken);

    /// <summary>
    /// What this spool remembers of a store: what had been received before this store was first seen. The ledger cannot explain those rows,
    /// and must not take them for lost.
    /// </summary>
    /// <param name="accounted">Rows of this spool that the store has in its ledger: the memory may be gone while the store is not.</param>
    ValueTask<StoreMemory> RememberStoreAsync(Guid storeId, RowCounts accounted, CancellationToken cancellationToken);

    /// <summary>Makes numbering resume above what a store already holds of this spool. Called once at start, before the first append is accepted.</summary>
    ValueTask RaiseNumberingAsync(long batchSeq, long sequence, CancellationToken cancellationToken);

    /// <summary>Counts for the ledger, read in one transaction so that they belong together.</summary>
    ValueTask<SpoolTotals> ReadTotalsAsync(CancellationToken cancellationToken);

    /// <summary>Fill level and counters, from memory; never does I/O.</summary>
    SpoolSnapshot Snapshot();
}

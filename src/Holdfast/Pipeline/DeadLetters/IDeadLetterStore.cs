namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// The dead letters of a store: rows that it refused, and what becomes of them. One conformance suite holds for every implementation. Each
/// operation is one transaction, the ledger's totals included, and time is the store's clock. Every operation may throw
/// <see cref="StoreUnavailableException"/>; then nothing is known to have been done, and it may be asked again.
/// </summary>
internal interface IDeadLetterStore
{
    /// <summary>Letters that match, the newest first, without their bytes. A page ends early when its letters are large.</summary>
    ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken);

    /// <summary>The ids of letters that match, the oldest first: what an operation over many works through.</summary>
    ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>One letter with its bytes; null when there is none.</summary>
    ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken);

    /// <summary>Letters that match, by what refused them; the largest group first.</summary>
    ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>How many letters there are in each state, and how large they are.</summary>
    ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes letters whose time has come, the longest overdue first, and those whose lease has lapsed. Nobody else gets them until the lease
    /// ends. An attempt is counted when it is made, not here.
    /// </summary>
    ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken);

    /// <summary>Gives back what a claim still holds, as if it had never been taken; returns how many letters that were.</summary>
    ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken);

    /// <summary>
    /// Tries to store the letters, each as if it came with its batch: same number, same judgement of repeats. What is stored is marked
    /// recovered in the same transaction; what is refused again has one attempt more and the new reason. The answer has a line for each id,
    /// in the order of the ids.
    /// </summary>
    ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Puts another payload in the place of the one that the editor saw, as the next version; null when somebody has edited it since, or it is
    /// not to be edited in its state.
    /// </summary>
    ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken);

    /// <summary>Gives letters up. Returns those that were: the others are gone, done with already, or just being replayed.</summary>
    ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken);

    /// <summary>Deletes letters by age and state: a bounded step, the oldest first. One that a worker has stays.</summary>
    ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken);

    /// <summary>What a purge would delete now, by state; states of which it is nothing are left out.</summary>
    ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken);

    /// <summary>Keeps to the limits: a bounded step. See <see cref="DeadLetterLimits"/> for what goes first.</summary>
    ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken);
}

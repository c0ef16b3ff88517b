using Holdfast.Retries;

namespace Holdfast.Operations;

/// <summary>
/// Operations over many items, and what they do to the queue of failed operations. One conformance suite holds for every implementation;
/// each operation is one transaction, and time is the store's clock. Every operation may throw
/// <see cref="Pipeline.StoreUnavailableException"/>.
/// </summary>
internal interface IOperationStore
{
    /// <summary>Writes a new operation down; <see cref="BulkOperation.CreatedAt"/> and <see cref="BulkOperation.Cutoff"/> become the store's time. One whose id is there already is returned as it stands.</summary>
    ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken);

    /// <summary>One operation; null when there is none.</summary>
    ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Operations, the newest first.</summary>
    ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the one that was read: null when it has another version by now; else as it stands, with the next version. What was asked for
    /// (kind, filter, cutoff and so on) stays, and <see cref="BulkOperation.EndedAt"/> becomes the store's time once it is over.
    /// </summary>
    ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken);

    /// <summary>
    /// Operations that run and that nobody else drives, the oldest first, at most so many: until the lease ends they are this process's.
    /// Those that it has already are among them, and their lease begins anew.
    /// </summary>
    ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken);

    /// <summary>How many items of the queue match and belong to the operation; see <see cref="OperationReach"/>. Also of one that is not written down.</summary>
    ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken);

    /// <summary>
    /// Takes up to so many items of the queue that match and belong to the operation, in the order in which they came (so the head of an
    /// ordered group before those behind it), and does to each what the kind says: replay puts back, discard and cancel give up. The items
    /// are noted under the operation in the same transaction, so none is taken twice, whoever dies when. One that cannot be taken, because
    /// an unfinished item has its correlation id or because it changed a moment ago, is noted as skipped and uses up nothing of the limit.
    /// The answer counts the items of this call alone; nothing: there is none left. Of a replay nobody knows yet what comes of them.
    /// </summary>
    ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>What came of the items that the operation took, by <see cref="OperationReach.OutcomeOf"/>; exact even when retention has deleted some since.</summary>
    ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken);
}

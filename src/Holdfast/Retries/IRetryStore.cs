namespace Holdfast.Retries;

/// <summary>
/// The durable queue of failed operations. One conformance suite holds for every implementation. Each operation is one transaction, and
/// time is the store's clock: callers say how long, never when. Every operation may throw
/// <see cref="Pipeline.StoreUnavailableException"/>; then nothing is known to have been done, and it may be asked again.
/// </summary>
internal interface IRetryStore : IAsyncDisposable
{
    /// <summary>Opens or creates the store and brings its schema up to date. Harmless when repeated.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes items in, all or none. The answer has a line for each, in their order. Of two items with one correlation id the first is taken.
    /// </summary>
    ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken);

    /// <summary>
    /// Begins or prolongs the lease of a worker process: one row for all that it holds. False: the lease had ended and its items may be
    /// somebody else's; the process has to go on under another id. An id whose lease has ended stays ended, rescued or not.
    /// </summary>
    ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>
    /// Hands out items that are due, of the types that the process can execute, in the order of the queue, and counts an attempt for each.
    /// Nobody else gets them. Nothing when the lease has ended.
    /// </summary>
    ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken);

    /// <summary>Takes outcomes. The answer has a line for each, in their order; an outcome without the last token changes nothing.</summary>
    ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken);

    /// <summary>Ends the lease of a process; what it still holds goes back as if it had never been claimed. Returns how many items that were.</summary>
    ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken);

    /// <summary>Takes items from processes whose lease has ended: a bounded step. Needs no handler, and never looks at how long an item has run.</summary>
    ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Items that match, the newest first.</summary>
    ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken);

    /// <summary>One item; null when there is none.</summary>
    ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>What happened to an item, the oldest first.</summary>
    ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>How many items there are, by operation type and state. Read from running sums: costs the same whatever the queue holds.</summary>
    ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken);

    /// <summary>How many items are held by worker processes whose lease has ended, whatever else needs attention.</summary>
    ValueTask<long> CountStaleAsync(CancellationToken cancellationToken);

    /// <summary>What needs attention, the worst first.</summary>
    ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Dead letters and failed items by the cause of their last failure; the largest group first.</summary>
    ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>Puts an item back into the queue, due at once, with all its attempts again and no crashes.</summary>
    ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Gives an item up. The next of its group may go.</summary>
    ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Takes an item out of the queue until somebody puts it back.</summary>
    ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken);

    /// <summary>Puts another payload (JSON in UTF-8) in the place of the one of that version.</summary>
    ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>Deletes finished items and history past their keep time, and folds running sums: a bounded step; whether there is more.</summary>
    ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken);
}

/// <summary>What an operator's change came to.</summary>
/// <param name="Result">Done, or why not.</param>
/// <param name="Item">As it stands now; null when there is none.</param>
internal sealed record RetryChange(RetryChangeResult Result, RetryItem? Item);

/// <summary>What an operator's change came to.</summary>
internal enum RetryChangeResult
{
    Done,

    /// <summary>There is no such item.</summary>
    NotFound,

    /// <summary>Not in the state that it is in.</summary>
    WrongState,

    /// <summary>Another item with its correlation id is unfinished.</summary>
    Duplicate,

    /// <summary>It was edited meanwhile.</summary>
    Changed,
}

/// <summary>One line of an item's history.</summary>
/// <param name="Token">Of the claim; null when there was none.</param>
/// <param name="Took">How long the attempt ran; null when it was none.</param>
internal sealed record RetryHistoryEntry(
    DateTimeOffset At, RetryHistoryKind Kind, int Attempt, long? Token, Guid? Process, TimeSpan? Took, string? Message);

/// <summary>What happened to an item.</summary>
internal enum RetryHistoryKind
{
    Created,
    Completed,
    Retried,
    DeadLettered,
    Failed,
    Snoozed,

    /// <summary>Its worker disappeared.</summary>
    Crashed,
    Cancelled,
    Requeued,
    Edited,
}

/// <summary>How many items of one kind are in one state.</summary>
internal sealed record RetryCount(string OperationType, RetryStatus Status, long Items);

/// <summary>Something that needs attention.</summary>
/// <param name="Reason">One of the texts of <see cref="RetryAlertReasons"/>.</param>
/// <param name="Item">The item; null when it is about an operation type or the whole queue.</param>
/// <param name="Detail">What it is about, in a sentence.</param>
internal sealed record RetryAlert(string Reason, Guid? Item, string Detail, DateTimeOffset Since);

/// <summary>The texts that alerts have.</summary>
internal static class RetryAlertReasons
{
    // Of a whole type and by far the fewest, so they come first; not a store's, which knows no handlers.
    public const string NoHandler = "No handler - items of this type wait";

    // In the order in which a store lists them.
    public const string DeadLetter = "Dead letter - manual intervention required";
    public const string ManyAttempts = "High retry count - approaching limit";
    public const string StaleLease = "Stale lock - possible worker failure";
    public const string OldPending = "Old pending item";
    public const string OldTransaction = "Old transaction - the queue cannot be vacuumed";
}

/// <summary>Items with the same cause.</summary>
/// <param name="Items">How many there are.</param>
/// <param name="Example">The newest of them.</param>
internal sealed record RetryGroup(
    string Fingerprint, string OperationType, string Message, long Items, DateTimeOffset FirstAt, DateTimeOffset LastAt, Guid Example);

using Holdfast.Retries;

namespace Holdfast.Operations;

/// <summary>What came of an item since an operation put it back.</summary>
internal enum OperationOutcome
{
    /// <summary>Not known yet: no attempt has ended.</summary>
    Waiting,

    /// <summary>It is completed. Final.</summary>
    Succeeded,

    /// <summary>Its last attempt failed, or it was taken out of the queue. A later attempt can still succeed.</summary>
    Failed,
}

/// <summary>
/// Which items of the queue belong to an operation, and what came of them. Pure. Every store goes through it, or, where SQL decides, is
/// held against it by the conformance suite.
/// </summary>
internal static class OperationReach
{
    /// <summary>
    /// Whether the item belongs to the operation as far as state and time go. Those that are dead-lettered or failed: when they have stood
    /// so, untouched, since the cutoff; one that somebody edits after it is that person's to replay, and one that was put back and failed
    /// again is no longer what was looked at. Those that wait: when they came before the cutoff and nobody put them back after it; attempts
    /// since then change nothing, or an operation could never catch up with a queue that is at work.
    /// </summary>
    /// <param name="requeuedAt">When somebody last put it back; null: nobody did.</param>
    public static bool Covers(OperationKind kind, DateTimeOffset cutoff, RetryItem item, DateTimeOffset? requeuedAt) => kind switch
    {
        OperationKind.Cancel => item.Status == RetryStatus.Pending && item.CreatedAt <= cutoff && !(requeuedAt > cutoff),
        _ => RetryTransitions.CanDiscard(item.Status) && item.UpdatedAt <= cutoff,
    };

    /// <summary>
    /// What came of an item that was put back, from where it stands: putting back sets its attempts to 0, so every attempt that has ended is
    /// one since then. One that was never begun, or was put off, has none.
    /// </summary>
    public static OperationOutcome OutcomeOf(RetryStatus status, int attempt) => status switch
    {
        RetryStatus.Completed => OperationOutcome.Succeeded,
        RetryStatus.Pending => attempt > 0 ? OperationOutcome.Failed : OperationOutcome.Waiting,
        RetryStatus.Processing => attempt > 1 ? OperationOutcome.Failed : OperationOutcome.Waiting,
        _ => OperationOutcome.Failed,
    };
}

namespace Holdfast.Retries;

/// <summary>
/// The state table of an item and nothing else: no clock, no store. Every store goes through it, or, where SQL decides, is held against
/// it by the conformance suite. The diagram is in ARCHITECTURE.md.
/// </summary>
internal static class RetryTransitions
{
    /// <summary>Workers lost to an item before it is executed alone.</summary>
    public const int CrashesUntilAlone = 2;

    /// <summary>Workers lost to an item before it is dead-lettered.</summary>
    public const int CrashesUntilPoison = 3;

    /// <summary>The reason of a dead letter that killed its workers.</summary>
    public const string Poison = "poison";

    /// <summary>The reason of a dead letter whose last attempt ended with its worker.</summary>
    public const string WorkerLost = "worker lost";

    /// <summary>An attempt has ended. The attempt was counted when the item was claimed.</summary>
    public static RetryStatus AfterAttempt(AckKind kind, int attempt, int maxRetries) => kind switch
    {
        AckKind.Completed => RetryStatus.Completed,
        AckKind.Retry => attempt < maxRetries ? RetryStatus.Pending : RetryStatus.DeadLetter,
        AckKind.GiveUp => RetryStatus.DeadLetter,
        AckKind.Failed => RetryStatus.Failed,
        AckKind.Snooze or AckKind.Returned => RetryStatus.Pending,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown outcome."),
    };

    /// <summary>Whether the outcome takes back the attempt that the claim counted.</summary>
    public static bool RestoresAttempt(AckKind kind) => kind is AckKind.Snooze or AckKind.Returned;

    /// <summary>The process that had the item is gone. <paramref name="crashes"/> includes this one.</summary>
    public static RetryStatus AfterCrash(int crashes, int attempt, int maxRetries) =>
        crashes >= CrashesUntilPoison || attempt >= maxRetries ? RetryStatus.DeadLetter : RetryStatus.Pending;

    /// <summary>
    /// The failure that a lost worker is. Nobody was left to tell a cause, so the text is the cause, and SQL can say it too.
    /// <paramref name="crashes"/> includes this one.
    /// </summary>
    public static RetryFailure CrashFailure(int crashes) => crashes >= CrashesUntilPoison ? new(Poison, Poison) : new(WorkerLost, WorkerLost);

    /// <summary>Whether an item holds its correlation id, which no other may have meanwhile.</summary>
    public static bool HoldsCorrelation(RetryStatus status) => status is RetryStatus.Pending or RetryStatus.Processing;

    /// <summary>More than 80 % of its attempts are begun: an operator should know before they are used up.</summary>
    public static bool NearsLimit(int attempt, int maxRetries) => attempt * 5L > maxRetries * 4L;

    /// <summary>Whether it is to be executed while nothing else is.</summary>
    public static bool RunsAlone(int crashes) => crashes >= CrashesUntilAlone;

    /// <summary>An operator puts it back into the queue: with all its attempts again.</summary>
    public static bool CanRequeue(RetryStatus status) => status is RetryStatus.DeadLetter or RetryStatus.Failed or RetryStatus.Cancelled;

    /// <summary>An operator gives it up. What is being processed may still take effect at its target; its outcome does not count any more.</summary>
    public static bool CanCancel(RetryStatus status) => status is RetryStatus.Pending or RetryStatus.Processing or RetryStatus.DeadLetter;

    /// <summary>An operation over many gives it up for good. A single item that failed holds nothing up, and may stay as it is.</summary>
    public static bool CanDiscard(RetryStatus status) => status is RetryStatus.DeadLetter or RetryStatus.Failed;

    /// <summary>An operator takes it out of the queue for later.</summary>
    public static bool CanDeadLetter(RetryStatus status) => status is RetryStatus.Pending or RetryStatus.Processing;

    /// <summary>An operator changes its payload.</summary>
    public static bool CanEdit(RetryStatus status) => status is RetryStatus.Pending or RetryStatus.DeadLetter or RetryStatus.Failed or RetryStatus.Cancelled;

    /// <summary>Whether an item of an ordered group holds up those behind it.</summary>
    public static bool BlocksGroup(RetryStatus status) => status is RetryStatus.Pending or RetryStatus.Processing or RetryStatus.DeadLetter;
}

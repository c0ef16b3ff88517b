namespace Holdfast.Retries;

/// <summary>Asks for items.</summary>
/// <param name="Process">Who asks; its lease must be running.</param>
/// <param name="Limit">At most so many, 1 to 1,000.</param>
/// <param name="Alone">Asks for one of the items that killed two workers, to be executed while nothing else is.</param>
/// <param name="Types">Of these operation types alone, without repeats; null: of all. Items of others stay where they are, and hold up those of their group.</param>
internal readonly record struct ClaimOrder(Guid Process, int Limit, bool Alone = false, IReadOnlyList<string>? Types = null);

/// <summary>Items handed out, in the order of the queue, all under one fencing token.</summary>
/// <param name="Token">Higher than any before; 0 when nothing was handed out.</param>
/// <param name="NextIn">
/// How long until the next item of these types is due, when there were fewer than asked for; null: none waits for its time. Too early only
/// when a thousand items of other types are due before it, never too late.
/// </param>
/// <param name="Solitary">There are items of these types that are to be executed alone.</param>
internal sealed record RetryClaim(long Token, IReadOnlyList<RetryItem> Items, TimeSpan? NextIn, bool Solitary)
{
    public static RetryClaim Nothing { get; } = new(0, [], null, false);
}

/// <summary>What came of an attempt.</summary>
internal enum AckKind
{
    /// <summary>Done.</summary>
    Completed,

    /// <summary>It failed; another attempt follows if there is one left.</summary>
    Retry,

    /// <summary>Its handler gave it up.</summary>
    GiveUp,

    /// <summary>It failed in a way that no further attempt would change.</summary>
    Failed,

    /// <summary>Later, without an attempt being counted: its target is known to be away, or the handler asked for it.</summary>
    Snooze,

    /// <summary>It was never begun: back to where it was, without an attempt being counted.</summary>
    Returned,
}

/// <summary>The outcome of one attempt.</summary>
/// <param name="Delay">Until the next attempt, where there is one.</param>
/// <param name="Took">How long the attempt ran.</param>
internal sealed record RetryAck(Guid Id, long Token, AckKind Kind, TimeSpan Delay = default, RetryFailure? Failure = null, TimeSpan Took = default);

/// <summary>Whether an outcome counted.</summary>
internal enum AckResult
{
    /// <summary>It counts.</summary>
    Accepted,

    /// <summary>The token is not the last one: the item was rescued, cancelled or settled since. Nothing was changed.</summary>
    Stale,
}

/// <summary>What a step of the rescue did with items whose worker process is gone.</summary>
/// <param name="Rescued">Back in the queue.</param>
/// <param name="DeadLettered">Attempts used up, or the third worker lost.</param>
/// <param name="More">There may be more.</param>
internal readonly record struct RescueResult(int Rescued, int DeadLettered, bool More);

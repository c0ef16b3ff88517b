namespace Holdfast.Operations;

/// <summary>What an operation does to each item that it takes.</summary>
internal enum OperationKind
{
    /// <summary>Executes or stores it again.</summary>
    Replay,

    /// <summary>Gives up what is dead-lettered.</summary>
    Discard,

    /// <summary>Gives up what waits.</summary>
    Cancel,
}

/// <summary>Where an operation takes its items from.</summary>
internal enum OperationOver
{
    /// <summary>The queue of failed operations.</summary>
    Retries,

    /// <summary>Rows that the store refused.</summary>
    DeadLetters,
}

/// <summary>Where an operation stands.</summary>
internal enum OperationState
{
    /// <summary>Goes on by itself.</summary>
    Running,

    /// <summary>Waits for somebody to let it go on.</summary>
    Paused,

    /// <summary>Took everything that matched.</summary>
    Completed,

    /// <summary>Too much failed: stopped by itself, and can be let go on.</summary>
    Stopped,

    /// <summary>Ended by somebody.</summary>
    Cancelled,
}

/// <summary>
/// Something done to many items, durably: it outlives the process that began it, and takes what matched when it was asked for and nothing
/// that came later.
/// </summary>
internal sealed record BulkOperation
{
    public required Guid Id { get; init; }
    public required OperationKind Kind { get; init; }
    public required OperationOver Over { get; init; }

    /// <summary>The filter as it was said: a JSON object.</summary>
    public required string Filter { get; init; }

    /// <summary>Items a second at most; null: as fast as it goes.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Begins with 1, then 10, then a tenth, and waits each time for what came of them.</summary>
    public bool Canary { get; init; }

    /// <summary>Share of failures among the items of a step above which it stops, 0 to 1.</summary>
    public double StopAbove { get; init; } = 0.5;

    public required string Actor { get; init; }
    public string? Reason { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What is younger does not belong to it. By the store's clock.</summary>
    public required DateTimeOffset Cutoff { get; init; }

    public OperationState State { get; init; }

    /// <summary>Items that matched when they were counted; null: they are not counted yet.</summary>
    public long? Matched { get; init; }

    /// <summary>How far it is.</summary>
    public OperationProgress Progress { get; init; }

    /// <summary>Which step it is in, from 0; see <see cref="OperationSteps"/>.</summary>
    public int Step { get; init; }

    /// <summary>What had come of the items when the step began; among the rest, where the stretch began that is judged now.</summary>
    public OperationProgress StepBase { get; init; }

    /// <summary>Where the next portion begins, for items that it may meet again: everything up to here has been taken.</summary>
    public long Position { get; init; }

    /// <summary>Nothing is left to take. What came of the last items may still be unknown.</summary>
    public bool AllTaken { get; init; }

    /// <summary>Why it stopped or ended early, for people.</summary>
    public string? Because { get; init; }

    /// <summary>When it was over; null before. By the store's clock.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Raised with every change, so that two nodes cannot both move it on.</summary>
    public int Version { get; init; }

    public bool IsOver => State is OperationState.Completed or OperationState.Cancelled;
}

/// <summary>What came of the items so far.</summary>
/// <param name="Taken">Items that it did something to.</param>
/// <param name="Succeeded">Of a replay: done, or stored. Of anything else: all that were taken.</param>
/// <param name="Failed">Of a replay: failed again.</param>
/// <param name="Skipped">Left alone: in another state meanwhile, or an unfinished item has its correlation id.</param>
internal readonly record struct OperationProgress(long Taken, long Succeeded, long Failed, long Skipped)
{
    /// <summary>Taken, and nobody knows yet what came of it.</summary>
    public long Waiting => Taken - Succeeded - Failed;

    public static OperationProgress operator +(OperationProgress one, OperationProgress other) =>
        new(one.Taken + other.Taken, one.Succeeded + other.Succeeded, one.Failed + other.Failed, one.Skipped + other.Skipped);

    /// <summary>
    /// What came since, of whichever items: one that was waiting before counts here once it is known. What had failed and succeeded after
    /// all counts for nothing here, not against it.
    /// </summary>
    public OperationProgress Since(OperationProgress earlier) => new(
        Taken - earlier.Taken, Math.Max(0, Succeeded - earlier.Succeeded), Math.Max(0, Failed - earlier.Failed), Skipped - earlier.Skipped);
}

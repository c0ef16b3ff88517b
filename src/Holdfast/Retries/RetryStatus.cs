namespace Holdfast.Retries;

/// <summary>Where a retry stands. The transitions are in <see cref="RetryTransitions"/>.</summary>
public enum RetryStatus
{
    /// <summary>Waits for a worker, or for its time.</summary>
    Pending,

    /// <summary>A worker has it.</summary>
    Processing,

    /// <summary>Done.</summary>
    Completed,

    /// <summary>Its attempts are used up, its handler gave it up, or it killed its workers. Waits for an operator.</summary>
    DeadLetter,

    /// <summary>It failed in a way that no further attempt would change.</summary>
    Failed,

    /// <summary>An operator gave it up.</summary>
    Cancelled,
}

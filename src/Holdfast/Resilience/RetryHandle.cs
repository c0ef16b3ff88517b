namespace Holdfast.Resilience;

/// <summary>The numbers of one retry. They outlive a reload of its pipeline, and calls at the same time do not disturb each other. Safe for concurrent use.</summary>
/// <param name="name">Name of the pipeline.</param>
public sealed class RetryHandle(string name)
{
    private readonly StripedCounter _attempts = new();
    private readonly StripedCounter _retries = new();
    private readonly StripedCounter _exhausted = new();
    private volatile RetryFailure? _last;

    /// <summary>Name of the pipeline.</summary>
    public string Name { get; } = name;

    /// <summary>Everything about the retry at one instant.</summary>
    public RetrySnapshot Snapshot()
    {
        var last = _last;
        return new RetrySnapshot
        {
            Name = Name,
            Attempts = _attempts.Read(),
            Retries = _retries.Read(),
            Exhausted = _exhausted.Read(),
            LastError = FailureText.Of(last?.Failure),
            LastErrorAt = last?.At,
        };
    }

    /// <summary>Starts the counters again at 0 and forgets the last error.</summary>
    public void Reset()
    {
        _attempts.Reset();
        _retries.Reset();
        _exhausted.Reset();
        _last = null;
    }

    internal void CountAttempt() => _attempts.Increment();

    internal void CountRetry() => _retries.Increment();

    internal void CountExhausted() => _exhausted.Increment();

    internal void NoteFailure(Exception failure, DateTimeOffset at) => _last = new RetryFailure(failure, at);

    private sealed record RetryFailure(Exception Failure, DateTimeOffset At);
}

/// <summary>A retry at one instant.</summary>
public sealed record RetrySnapshot
{
    /// <summary>Name of the pipeline.</summary>
    public required string Name { get; init; }

    /// <summary>Attempts that have ended, first attempts included. A call that an open circuit turned away is none.</summary>
    public required long Attempts { get; init; }

    /// <summary>Failed attempts after which another one was due.</summary>
    public required long Retries { get; init; }

    /// <summary>Operations that were given up because the last attempt failed with an error that is retried.</summary>
    public required long Exhausted { get; init; }

    /// <summary>What the last failed attempt said, with its type; null: none has failed.</summary>
    public string? LastError { get; init; }

    /// <summary>When the last attempt failed; null: none has.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}

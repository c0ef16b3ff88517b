namespace Holdfast.Retries;

/// <summary>An item that passed every check and has every value, ready to be stored. Times are durations: only the database knows what time it is.</summary>
internal sealed record NewRetry
{
    public required Guid Id { get; init; }
    public required string OperationType { get; init; }
    public required string Target { get; init; }

    /// <summary>JSON in UTF-8.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }
    public required int Priority { get; init; }
    public string? CorrelationId { get; init; }
    public string? IdempotencyKey { get; init; }
    public required int MaxRetries { get; init; }
    public required TimeSpan Timeout { get; init; }
    public TimeSpan Delay { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public string? GroupKey { get; init; }

    /// <summary>JSON in UTF-8; null: there was none.</summary>
    public ReadOnlyMemory<byte>? OriginalEvent { get; init; }

    /// <summary>
    /// What its priority costs it: it stands in the queue at <c>run_after + penalty</c>. So it is overtaken only by items that come within
    /// the difference of the penalties, see <see cref="RetryOrder"/>.
    /// </summary>
    public required TimeSpan Penalty { get; init; }
}

/// <summary>What became of an item that was handed in.</summary>
/// <param name="Id">Of the item; of a duplicate, the id of the one that is there.</param>
/// <param name="Status">What became of it.</param>
public readonly record struct EnqueuedRetry(Guid Id, EnqueueStatus Status);

/// <summary>What became of an item that was handed in.</summary>
public enum EnqueueStatus
{
    /// <summary>It is in the queue.</summary>
    Created,

    /// <summary>
    /// Its id is known, or its correlation id belongs to an item that is pending or being processed. A dead letter does not hold its
    /// correlation id: what fails again after it is work that nobody else would do.
    /// </summary>
    Duplicate,

    /// <summary>The database is away; it is durable here, and goes to the queue when the database is back.</summary>
    Spooled,
}

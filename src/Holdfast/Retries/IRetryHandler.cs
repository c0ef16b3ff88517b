using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>
/// Executes operations of one type again. Registered as a service; called for many items at one time. An item may be executed more than
/// once (a process can die between the effect and its record): use <see cref="RetryContext.IdempotencyKey"/> or
/// <see cref="RetryContext.Token"/> to make the effect happen once.
/// </summary>
public interface IRetryHandler
{
    /// <summary>The operation type: <c>http_callback</c>.</summary>
    string OperationType { get; }

    /// <summary>Whether items of the type may come from outside the process without an administrator's key. Default: no.</summary>
    bool AllowExternal => false;

    /// <summary>Executes one operation. An exception is a failure that is tried again, unless the policy says otherwise.</summary>
    /// <param name="context">The operation.</param>
    /// <param name="cancellationToken">Cancelled when the attempt's time is over, when the process leaves, or when it lost its lease.</param>
    Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken);
}

/// <summary>One attempt at an operation.</summary>
public sealed record RetryContext
{
    /// <summary>Id of the item.</summary>
    public required Guid Id { get; init; }

    /// <summary>The operation type.</summary>
    public required string OperationType { get; init; }

    /// <summary>What it is done to.</summary>
    public required string Target { get; init; }

    /// <summary>The arguments. Valid until the handler returns; clone what is kept.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>This attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Attempts that the item has in all.</summary>
    public required int MaxRetries { get; init; }

    /// <summary>Grows with each time that the item is handed out: a target that remembers the highest one can refuse a worker that was thought dead.</summary>
    public required long Token { get; init; }

    /// <summary>The item's correlation id.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The item's idempotency key.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The item's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>What came of an attempt.</summary>
public abstract record RetryOutcome
{
    private RetryOutcome()
    {
    }

    /// <summary>It is done.</summary>
    public static RetryOutcome Done { get; } = new DoneOutcome();

    /// <summary>It failed, and is tried again while there are attempts left.</summary>
    /// <param name="error">Why, for people.</param>
    /// <param name="delay">When; null: as the policy says.</param>
    public static RetryOutcome Retry(string error, TimeSpan? delay = null) => new RetryOutcomeAgain(error, delay);

    /// <summary>It is dead-lettered at once.</summary>
    /// <param name="reason">Why, for people.</param>
    public static RetryOutcome GiveUp(string reason) => new GiveUpOutcome(reason);

    /// <summary>It failed in a way that no further attempt would change.</summary>
    /// <param name="error">Why, for people.</param>
    public static RetryOutcome Fail(string error) => new FailOutcome(error);

    /// <summary>Later, without an attempt being counted.</summary>
    /// <param name="delay">How much later.</param>
    public static RetryOutcome Snooze(TimeSpan delay) => new SnoozeOutcome(delay);

    internal sealed record DoneOutcome : RetryOutcome;

    internal sealed record RetryOutcomeAgain(string Error, TimeSpan? Delay) : RetryOutcome;

    internal sealed record GiveUpOutcome(string Reason) : RetryOutcome;

    internal sealed record FailOutcome(string Error) : RetryOutcome;

    internal sealed record SnoozeOutcome(TimeSpan Delay) : RetryOutcome;
}

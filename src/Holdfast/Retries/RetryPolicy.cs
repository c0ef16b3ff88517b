using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>How operations of one type are tried again.</summary>
public sealed record RetryPolicy
{
    /// <summary>Attempts of an item, 1 to 1,000; the failure that led to it is not counted. Default 3.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>Delay after the first failed attempt. Default 5 s.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>No delay is longer, its jitter included. Default 300 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Growth from one delay to the next, 1 to 100. Default 2.</summary>
    public double BackoffMultiplier { get; init; } = 2;

    /// <summary>Spread as a fraction of the delay, 0 to 1. Default 0.1.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>What one attempt may take. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Words that, occurring in a failure in any case, mean that no further attempt would change it.</summary>
    public IReadOnlyList<string> NonRetryable { get; init; } = [];

    /// <summary>Failures in a row after which the target is left alone for <see cref="BreakDuration"/>, without attempts being spent. 0: never. Default 5.</summary>
    public int BreakAfterFailures { get; init; } = 5;

    /// <summary>How long a target is left alone before one item tries it again. Default 30 s.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Delay before attempt <paramref name="attempt"/> + 1: <c>min(max_delay, initial_delay * multiplier^(attempt-1))</c>, spread by the
    /// jitter and capped again.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="random">Returns a number in [0, 1).</param>
    public TimeSpan DelayAfter(int attempt, Func<double> random) =>
        new BackoffSchedule(InitialDelay, BackoffMultiplier, MaxDelay, Jitter).Next(attempt - 1, random);
}

/// <summary>The queue's settings, and its policies by operation type.</summary>
public sealed record RetryQueueOptions
{
    /// <summary>Whether items are executed by this process. Off: they are taken and wait. Default on.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The safety net under the signals that wake workers. Default 5 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Items asked for at once at least, 1 to 1,000; more where more workers are free. Default 10.</summary>
    public int BatchSize { get; init; } = 10;

    /// <summary>Items executed at one time, 1 to 1,000. Default 3.</summary>
    public int WorkerCount { get; init; } = 3;

    /// <summary>Priority first, always: items of low priority may starve. Default off.</summary>
    public bool Strict { get; init; }

    /// <summary>How long a process that disappeared keeps its items. Default 12 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Attempts per second that one destination gets; what is beyond waits for its turn without spending an attempt. 0: as many as there are. Default 50.</summary>
    public double DestinationAttemptsPerSecond { get; init; } = 50;

    /// <summary>Attempts that a destination gets at once after it was left alone for a while. Default 100.</summary>
    public int DestinationBurst { get; init; } = 100;

    /// <summary>How long finished items and what happened to items are kept. Default 14 days.</summary>
    public TimeSpan KeepHistory { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long dead letters are kept. Default 30 days.</summary>
    public TimeSpan KeepDeadLetters { get; init; } = TimeSpan.FromDays(30);

    /// <summary>For operation types without a policy of their own.</summary>
    public RetryPolicy Fallback { get; init; } = new();

    /// <summary>By operation type.</summary>
    public IReadOnlyDictionary<string, RetryPolicy> Policies { get; init; } = DefaultPolicies;

    /// <summary>The policies that are known from the start.</summary>
    public static IReadOnlyDictionary<string, RetryPolicy> DefaultPolicies { get; } = new Dictionary<string, RetryPolicy>(StringComparer.Ordinal)
    {
        ["sql_operation"] = Of(3, 2, 60, 2.0, 15),
        ["cytube_command"] = Of(5, 5, 300, 2.0, 30),
        ["plugin_request"] = Of(3, 1, 30, 2.0, 20),
        ["command_routing"] = Of(2, 1, 30, 1.5, 10),
        ["pm_response"] = Of(3, 1, 20, 2.0, 5),
    };

    /// <summary>The policy of an operation type.</summary>
    public RetryPolicy PolicyOf(string operationType) => Policies.GetValueOrDefault(operationType, Fallback);

    private static RetryPolicy Of(int maxRetries, double initialSeconds, double maxSeconds, double multiplier, double timeoutSeconds) => new()
    {
        MaxRetries = maxRetries,
        InitialDelay = TimeSpan.FromSeconds(initialSeconds),
        MaxDelay = TimeSpan.FromSeconds(maxSeconds),
        BackoffMultiplier = multiplier,
        Timeout = TimeSpan.FromSeconds(timeoutSeconds),
    };
}

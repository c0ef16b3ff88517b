namespace Holdfast.Events;

/// <summary>How a bus is.</summary>
public sealed class EventBusOptions
{
    /// <summary>Events that may wait for a subscriber that says nothing else. Default: 1,000.</summary>
    public int QueueCapacity { get; set; } = 1_000;

    /// <summary>How long a request waits that says nothing else. Default: 15 seconds.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a failure of a handler waits for room in the queues of those who want to know of failures. Meanwhile the handler gets no
    /// other event. After that the failure stands in the log alone, and counts as dropped. Default: 5 seconds.
    /// </summary>
    public TimeSpan FailureWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Where handlers run. Default: the pool of the process.</summary>
    public TaskScheduler Scheduler { get; set; } = TaskScheduler.Default;
}

/// <summary>What a subscriber says about itself.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>Nothing special.</summary>
    public static SubscriptionOptions Default { get; } = new();

    /// <summary>Only events that have all of these tags. Default: none, all events.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>No events that have this tag. Who publishes what it would hear itself must not wait for room in its own queue. Default: null, none is left out.</summary>
    internal string? Except { get; init; }

    /// <summary>Events that may wait; what comes when so many do is dropped for this subscriber, or waits when it is critical. Null: <see cref="EventBusOptions.QueueCapacity"/>.</summary>
    public int? QueueCapacity { get; init; }

    /// <summary>Events that may be handled at a time. With more than 1 they are begun in their order, and nothing is said about the order in which they end. Default: 1.</summary>
    public int Concurrency { get; init; } = 1;
}

using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>Makes items. Their ids are in the order in which they are made, as those of version 7 are in production from one millisecond to the next.</summary>
internal static class RetryItems
{
    private static readonly DateTimeOffset First = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static int _made;

    public static NewRetry New(string operationType = "http_callback", int priority = 0, int maxRetries = 3, TimeSpan delay = default) => new()
    {
        Id = Guid.CreateVersion7(First.AddMilliseconds(Interlocked.Increment(ref _made))),
        OperationType = operationType,
        Target = "https://shop.example/orders",
        Payload = """{"order": 17}"""u8.ToArray(),
        Priority = priority,
        MaxRetries = maxRetries,
        Timeout = TimeSpan.FromSeconds(30),
        Delay = delay,
        Penalty = RetryOrder.Penalty(priority, strict: false),
    };

    public static NewRetry InGroup(string group, int priority = 0, TimeSpan delay = default) => New(priority: priority, delay: delay) with { GroupKey = group };

    public static NewRetry Correlated(string correlationId) => New() with { CorrelationId = correlationId };

    public static IReadOnlyList<NewRetry> Several(int count) => [.. Enumerable.Range(0, count).Select(_ => New())];
}

using System.Collections.Concurrent;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>A store in memory whose operations can be made to fail, before or after they were done, and which counts what it is asked.</summary>
internal sealed class TrialRetryStore(ManualTimeProvider clock) : IRetryStore
{
    private readonly MemoryRetryStore _inner = new(clock);
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);
    private DateTimeOffset _renewedAt = clock.GetUtcNow();

    /// <summary>Throws what an operation of that name is to throw, before it is done; null: nothing.</summary>
    public Func<string, Exception?> Before { get; set; } = _ => null;

    /// <summary>The same, after it was done: the answer is lost.</summary>
    public Func<string, Exception?> After { get; set; } = _ => null;

    /// <summary>What an operation waits for.</summary>
    public Func<string, Task> Gate { get; set; } = _ => Task.CompletedTask;

    /// <summary>Items that are refused for what they are, and with them all that come together with them.</summary>
    public Func<NewRetry, bool> Refuses { get; set; } = _ => false;

    /// <summary>Hands out whatever is due, also what was not asked for.</summary>
    public bool IgnoresTypes { get; set; }

    /// <summary>Sizes of the groups that were handed in, and of the claims that were asked for.</summary>
    public ConcurrentQueue<(string Operation, int Size)> Sizes { get; } = new();

    public ConcurrentQueue<RetryAck> Acks { get; } = new();

    public ConcurrentQueue<Guid> Processes { get; } = new();

    /// <summary>How long ago the last renewal was.</summary>
    public TimeSpan SinceRenewal => clock.GetUtcNow() - _renewedAt;

    public static StoreUnavailableException Away => new("connection", "The store is away.", inner: null);

    public int Asked(string operation) => _asked.GetValueOrDefault(operation);

    public int AskedInAll => _asked.Values.Sum();

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _inner.OpenAsync(cancellationToken);

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken)
    {
        Sizes.Enqueue(("enqueue", items.Count));
        if (items.FirstOrDefault(Refuses) is { } bad)
        {
            throw new FormatException($"Refused: {bad.Target}");
        }

        return DoAsync("enqueue", () => _inner.EnqueueAsync(items, cancellationToken), cancellationToken);
    }

    public async ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken)
    {
        Processes.Enqueue(process);
        var granted = await DoAsync("renew", () => _inner.RenewAsync(process, node, lease, cancellationToken), cancellationToken);
        _renewedAt = clock.GetUtcNow();
        return granted;
    }

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken)
    {
        Sizes.Enqueue((order.Alone ? "alone" : "claim", order.Limit));
        return DoAsync("claim", () => _inner.ClaimAsync(IgnoresTypes ? order with { Types = null } : order, cancellationToken), cancellationToken);
    }

    public async ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken)
    {
        Sizes.Enqueue(("ack", acks.Count));
        return await DoAsync("ack", () => Record(_inner.AckAsync(process, acks, cancellationToken), acks), cancellationToken);
    }

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) =>
        DoAsync("leave", () => _inner.LeaveAsync(process, cancellationToken), cancellationToken);

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) =>
        DoAsync("rescue", () => _inner.RescueAsync(limit, cancellationToken), cancellationToken);

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) => _inner.ListAsync(query, cancellationToken);

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) => _inner.GetAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) => _inner.ReadHistoryAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) =>
        DoAsync("count", () => _inner.CountAsync(cancellationToken), cancellationToken);

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) => _inner.CountStaleAsync(cancellationToken);

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) => _inner.ReadAlertsAsync(limit, cancellationToken);

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        _inner.GroupAsync(filter, limit, cancellationToken);

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) => _inner.RequeueAsync(id, cancellationToken);

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) => _inner.CancelAsync(id, cancellationToken);

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) => _inner.DeadLetterAsync(id, reason, cancellationToken);

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        _inner.EditAsync(id, version, payload, cancellationToken);

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) =>
        DoAsync("maintain", () => _inner.MaintainAsync(keepHistory, keepDeadLetters, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private ValueTask<IReadOnlyList<AckResult>> Record(ValueTask<IReadOnlyList<AckResult>> results, IReadOnlyList<RetryAck> acks)
    {
        foreach (var ack in acks)
        {
            Acks.Enqueue(ack);
        }

        return results;
    }

    private async ValueTask<T> DoAsync<T>(string operation, Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        _asked.AddOrUpdate(operation, 1, (_, count) => count + 1);
        await Gate(operation).WaitAsync(cancellationToken);
        if (Before(operation) is { } refusal)
        {
            throw refusal;
        }

        var result = await call();
        return After(operation) is { } lost ? throw lost : result;
    }
}

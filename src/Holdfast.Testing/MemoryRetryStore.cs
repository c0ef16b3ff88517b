using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>
/// The queue of failed operations in the plainest form: one list, everything worked out anew at every question. It is what the other
/// stores are compared with, so it must be obvious rather than fast.
/// </summary>
internal sealed class MemoryRetryStore : IRetryStore
{
    private readonly Lock _lock = new();
    private readonly MemoryRetries _retries = new();
    private readonly TimeProvider _time;

    public MemoryRetryStore(TimeProvider time)
    {
        _time = time;
        Operations = new MemoryOperationStore(this);
    }

    /// <summary>Operations over many of these items.</summary>
    public MemoryOperationStore Operations { get; }

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken) =>
        Do<IReadOnlyList<EnqueuedRetry>>(now => [.. items.Select(item => _retries.Add(item, now))]);

    public ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) =>
        Do(now => _retries.Leases.Renew(process, lease, now));

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryWork.Claim(_retries, order, now));

    public ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken) =>
        Do<IReadOnlyList<AckResult>>(now => [.. acks.Select(ack => MemoryRetryWork.Ack(_retries, process, ack, now))]);

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryWork.Leave(_retries, process, now));

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryWork.Rescue(_retries, limit, now));

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) =>
        Do(_ => MemoryRetryQueries.List(_retries, query));

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        Do(_ => _retries.Find(id) is { } retry ? _retries.Show(retry) : null);

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) =>
        Do<IReadOnlyList<RetryHistoryEntry>>(_ => [.. _retries.Find(id)?.History ?? []]);

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) =>
        Do(_ => MemoryRetryQueries.Count(_retries));

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) => Do(now => MemoryRetryWork.Stale(_retries, now).LongCount());

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) =>
        Do<IReadOnlyList<RetryAlert>>(now => [.. MemoryRetryAlerts.Of(_retries, now).Take(limit)]);

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        Do(_ => MemoryRetryQueries.Group(_retries, filter, limit));

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryChanges.Requeue(_retries, id, now));

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryChanges.Cancel(_retries, id, now));

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryChanges.DeadLetter(_retries, id, reason, now));

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        Do(now => MemoryRetryChanges.Edit(_retries, id, version, payload, now));

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) =>
        Do(now =>
        {
            Operations.ForgetNeedsLock(now - keepHistory);
            return _retries.Forget(now - keepHistory, now - keepDeadLetters);
        });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Work in one step with everything else that is done here.</summary>
    public ValueTask<T> WithRetriesAsync<T>(Func<MemoryRetries, DateTimeOffset, T> work) => Do(now => work(_retries, now));

    private ValueTask<T> Do<T>(Func<DateTimeOffset, T> work)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(work(_time.GetUtcNow()));
        }
    }
}

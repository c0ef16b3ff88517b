using Holdfast.Retries;

namespace Holdfast.Benchmarks.Retries;

/// <summary>A store that costs nothing: hands out made-up items until there were enough, and accepts every outcome.</summary>
internal sealed class PlentifulStore(int items, byte[] payload) : IRetryStore
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private int _handedOut;
    private int _settled;

    public int Settled => Volatile.Read(ref _settled);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken)
    {
        var count = Math.Min(order.Limit, items - _handedOut);
        _handedOut += count;
        return ValueTask.FromResult(count == 0 ? RetryClaim.Nothing : new RetryClaim(_handedOut, [.. Enumerable.Range(0, count).Select(_ => Item(order))], null, false));
    }

    public ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _settled, acks.Count);
        return ValueTask.FromResult<IReadOnlyList<AckResult>>(new AckResult[acks.Count]);
    }

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) => ValueTask.FromResult(0);

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) => ValueTask.FromResult(default(RescueResult));

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<RetryCount>>([]);

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private RetryItem Item(ClaimOrder order) => new()
    {
        What = OurQueue.Item(payload),
        Status = RetryStatus.Processing,
        Attempt = 1,
        Crashes = 0,
        RunAfter = Now,
        CreatedAt = Now,
        UpdatedAt = Now,
        Version = 1,
        Holder = new RetryHolder(_handedOut, order.Process, Now),
    };
}

namespace Holdfast.Resilience;

/// <summary>Counts the calls of a breaker, each exactly once, when it ends.</summary>
internal sealed class CallCounters
{
    private readonly StripedCounter _succeeded = new();
    private readonly StripedCounter _failed = new();
    private readonly StripedCounter _cancelled = new();
    private readonly StripedCounter _ignored = new();
    private readonly StripedCounter _rejected = new();
    private readonly StripedCounter _stale = new();

    /// <summary>A call that was let in has ended and belongs to the present generation.</summary>
    public void Count(CallVerdict verdict) => (verdict switch
    {
        CallVerdict.Success => _succeeded,
        CallVerdict.Failure => _failed,
        CallVerdict.Cancelled => _cancelled,
        _ => _ignored,
    }).Increment();

    /// <summary>A call was not let in.</summary>
    public void CountRejected() => _rejected.Increment();

    /// <summary>A call of an earlier generation has ended.</summary>
    public void CountStale() => _stale.Increment();

    public CircuitBreakerTotals Read(long opened) => new()
    {
        Succeeded = _succeeded.Read(),
        Failed = _failed.Read(),
        Cancelled = _cancelled.Read(),
        Ignored = _ignored.Read(),
        Rejected = _rejected.Read(),
        Stale = _stale.Read(),
        Opened = opened,
    };

    public void Reset()
    {
        foreach (var counter in (ReadOnlySpan<StripedCounter>)[_succeeded, _failed, _cancelled, _ignored, _rejected, _stale])
        {
            counter.Reset();
        }
    }
}

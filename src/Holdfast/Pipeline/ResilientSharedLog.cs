namespace Holdfast.Pipeline;

/// <summary>
/// A shared log whose reads run in the pipeline of reads. Listening connects again by itself, and a ring is only a hint: both pass by the breaker.
/// </summary>
internal sealed class ResilientSharedLog(ISharedLog inner, StorePipelines pipelines) : ISharedLog
{
    private readonly StoreCalls _calls = new(pipelines.Breaker);

    public ValueTask<IReadOnlyList<EpochHead>> ReadHeadsAsync(int limit, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.ReadHeadsAsync(call.Limit, token), (Inner: inner, Limit: limit), cancellationToken);

    public Task ListenAsync(Action<LogRing> heard, CancellationToken cancellationToken) => inner.ListenAsync(heard, cancellationToken);

    public ValueTask RingAsync(LogRing ring, CancellationToken cancellationToken) => inner.RingAsync(ring, cancellationToken);
}

using Holdfast.Resilience;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// Dead letters each of whose operations runs in a pipeline (reads in that of the readers, everything else in their own), and is counted:
/// everybody comes this way, workers, people and retention.
/// </summary>
internal sealed class ResilientDeadLetterStore(IDeadLetterStore inner, StorePipelines pipelines, DeadLetterCounters counters) : IDeadLetterStore
{
    private readonly StoreCalls _calls = new(pipelines.Breaker);

    public ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.ListAsync(query, token), cancellationToken);

    public ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.FindAsync(filter, limit, token), cancellationToken);

    public ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken) => ReadAsync(token => inner.GetAsync(id, token), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.GroupAsync(filter, limit, token), cancellationToken);

    public ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken) => ReadAsync(inner.CountAsync, cancellationToken);

    public ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken) =>
        WriteAsync(token => inner.ClaimAsync(claim, token), cancellationToken);

    public ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken) =>
        WriteAsync(token => inner.ReturnAsync(leasedBy, token), cancellationToken);

    public async ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken) =>
        counters.Counted(await WriteAsync(token => inner.ReplayAsync(order, token), cancellationToken));

    public ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken) =>
        WriteAsync(token => inner.EditAsync(edit, token), cancellationToken);

    public async ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        counters.CountedDiscarded(await WriteAsync(token => inner.DiscardAsync(ids, token), cancellationToken));

    public async ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        counters.Counted(await WriteAsync(token => inner.PurgeAsync(purge, token), cancellationToken));

    public ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.CountPurgeableAsync(purge, token), cancellationToken);

    public async ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken) =>
        counters.Counted(await WriteAsync(token => inner.TrimAsync(limits, token), cancellationToken));

    private ValueTask<T> ReadAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(pipelines.Reads, operation, cancellationToken);

    private ValueTask<T> WriteAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(pipelines.DeadLetters, operation, cancellationToken);

    private ValueTask<T> RunAsync<T>(NamedPipeline pipeline, Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        _calls.RunAsync(pipeline, static (operation, token) => operation(token), operation, cancellationToken);
}

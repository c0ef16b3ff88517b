using Holdfast.Operations;
using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>Operations over the items of a <see cref="MemoryRetryStore"/>, in one step with everything that is done there.</summary>
internal sealed class MemoryOperationStore(MemoryRetryStore store) : IOperationStore
{
    private readonly List<MemoryOperation> _all = [];

    public ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken) => store.WithRetriesAsync((_, now) =>
    {
        if (Find(operation.Id) is { } known)
        {
            return known.Stands;
        }

        _all.Add(new MemoryOperation(operation with { CreatedAt = now, Cutoff = now }));
        return _all[^1].Stands;
    });

    public ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken) => store.WithRetriesAsync((_, _) => Find(id)?.Stands);

    public ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken) =>
        store.WithRetriesAsync<IReadOnlyList<BulkOperation>>((_, _) => [.. Enumerable.Reverse(_all).Take(limit).Select(operation => operation.Stands)]);

    public ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        store.WithRetriesAsync((_, now) => Find(operation.Id)?.Save(operation, now));

    public ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken) =>
        store.WithRetriesAsync<IReadOnlyList<BulkOperation>>((_, now) =>
        {
            var free = _all.Where(operation => operation.IsFreeFor(process, now)).Take(limit).ToList();
            free.ForEach(operation => operation.Lease(process, now + lease));
            return free.ConvertAll(operation => operation.Stands);
        });

    public ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken) =>
        store.WithRetriesAsync((retries, _) => (long)(Find(operation.Id) ?? new MemoryOperation(operation)).Matching(retries, filter).Count());

    public ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        store.WithRetriesAsync((retries, now) =>
        {
            var taken = default(OperationProgress);
            foreach (var retry in Find(operation.Id)?.Matching(retries, filter).ToList() ?? [])
            {
                taken += taken.Taken < limit ? Find(operation.Id)!.Take(retries, retry, now) : default;
            }

            return taken;
        });

    public ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken) =>
        store.WithRetriesAsync((_, _) => Find(id)?.ReadOutcomes() ?? default);

    public void ForgetNeedsLock(DateTimeOffset endedBefore) => _all.RemoveAll(operation => operation.Stands.EndedAt < endedBefore);

    private MemoryOperation? Find(Guid id) => _all.Find(operation => operation.Stands.Id == id);
}

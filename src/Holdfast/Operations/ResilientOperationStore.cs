using Holdfast.Retries;

namespace Holdfast.Operations;

/// <summary>
/// Operations in the pipelines of the queue that they stand in, opened with it. What a worker drives is its work, the looking included:
/// a count may walk over all dead letters, and the time of a reader would end it for ever.
/// </summary>
internal sealed class ResilientOperationStore(IOperationStore inner, ResilientRetryStore queue) : IOperationStore
{
    public ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.CreateAsync(operation, token), cancellationToken);

    public ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken) => queue.ReadAsync(token => inner.GetAsync(id, token), cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken) =>
        queue.ReadAsync(token => inner.ListAsync(limit, token), cancellationToken);

    public ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.SaveAsync(operation, token), cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.LeaseAsync(process, lease, limit, token), cancellationToken);

    public ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.CountRetriesAsync(operation, filter, token), cancellationToken);

    public ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.TakeRetriesAsync(operation, filter, limit, token), cancellationToken);

    public ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken) =>
        queue.WorkAsync(token => inner.ReadRetryOutcomesAsync(id, token), cancellationToken);
}

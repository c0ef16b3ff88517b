using Holdfast.Retries;

namespace Holdfast.Operations;

/// <summary>Operations over the queue of failed operations. The store notes which items were taken, so every count is exact.</summary>
/// <param name="wake">Tells the workers that something is due.</param>
internal sealed class RetryItems(IOperationStore store, Action wake) : IOperationItems
{
    public ValueTask<long> CountAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        store.CountRetriesAsync(operation, OperationFilter.Read<RetryFilter>(operation.Filter), cancellationToken);

    public async ValueTask<(OperationProgress Taken, long Position)> TakeAsync(BulkOperation operation, int limit, CancellationToken cancellationToken)
    {
        var taken = await store.TakeRetriesAsync(operation, OperationFilter.Read<RetryFilter>(operation.Filter), limit, cancellationToken);
        if (taken.Taken > 0 && operation.Kind == OperationKind.Replay)
        {
            wake();
        }

        return (taken, 0);
    }

    public ValueTask<OperationProgress> ReadProgressAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        store.ReadRetryOutcomesAsync(operation.Id, cancellationToken);
}

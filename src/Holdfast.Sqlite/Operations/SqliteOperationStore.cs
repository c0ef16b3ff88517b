using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Sqlite.Retries;

namespace Holdfast.Sqlite.Operations;

/// <summary>Operations over the embedded queue, in its file: what is done to items and the note of it are one transaction.</summary>
internal sealed class SqliteOperationStore(SqliteRetryStore store) : IOperationStore
{
    // Met at one time; so many may have to be skipped for one that is taken.
    private const int FoundMax = 500;

    // A transaction that notes outcomes holds the write lock.
    private const int SettledMax = 2_000;

    public ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        store.WriteAsync(retries => OperationTable.Create(retries, operation), cancellationToken);

    public ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        store.ReadAsync(database => OperationTable.Get(database, id), cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(database => OperationTable.List(database, limit), cancellationToken);

    public ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        store.WriteAsync(retries => OperationTable.Save(retries, operation), cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken) =>
        store.WriteAsync(retries => OperationTable.LeaseSome(retries, process, lease, limit), cancellationToken);

    public async ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken)
    {
        var items = 0L;
        OperationPlace? after = await store.ReadAsync(database => OperationWalk.ReadLast(database, operation.Id), cancellationToken);
        while (after is { } from)
        {
            (var more, after) = await store.ReadAsync(database => OperationWalk.Count(database, operation, filter, from), cancellationToken);
            items += more;
        }

        return items;
    }

    public async ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken)
    {
        OperationPlace? after = await store.ReadAsync(database => OperationWalk.ReadLast(database, operation.Id), cancellationToken);
        while (after is { } from)
        {
            (var found, after) = await store.ReadAsync(database => OperationWalk.Find(database, operation, filter, from, FoundMax), cancellationToken);
            if (found.Count > 0 && await TakeAsync(operation, found, limit, cancellationToken) is var taken && taken != default)
            {
                return taken;
            }

            // Somebody else took all of these meanwhile: it goes on where that one stopped.
            if (found.Count > 0 && await store.ReadAsync(database => OperationWalk.ReadLast(database, operation.Id), cancellationToken) is var last && last != from)
            {
                after = last;
            }
        }

        return default;
    }

    public async ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken)
    {
        var (progress, completed) = await store.ReadAsync(database => OperationItemTable.ReadOutcomes(database, id), cancellationToken);
        foreach (var some in completed.Chunk(SettledMax))
        {
            await store.WriteAsync(
                retries =>
                {
                    OperationItemTable.Settle(retries, id, some);
                    return true;
                },
                cancellationToken);
        }

        return progress;
    }

    private ValueTask<OperationProgress> TakeAsync(BulkOperation operation, IReadOnlyList<long> found, int limit, CancellationToken cancellationToken) =>
        store.WriteAsync(retries => OperationTaker.Take(retries, operation, found, limit), cancellationToken);
}

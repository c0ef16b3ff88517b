using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Operations with somebody who comes in between, or a store that is away.</summary>
internal sealed class TrialOperationStore(IOperationStore inner) : IOperationStore
{
    /// <summary>Comes after the next portion and before it is saved; once.</summary>
    public Func<Task>? AfterTake { get; set; }

    /// <summary>While true, every call fails.</summary>
    public bool IsAway { get; set; }

    /// <summary>While true, what was done cannot be saved.</summary>
    public bool LosesSaves { get; set; }

    /// <summary>Sizes of the portions that were asked for.</summary>
    public List<int> Portions { get; } = [];

    public ValueTask<BulkOperation> CreateAsync(BulkOperation operation, CancellationToken cancellationToken) => Here().CreateAsync(operation, cancellationToken);

    public ValueTask<BulkOperation?> GetAsync(Guid id, CancellationToken cancellationToken) => Here().GetAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> ListAsync(int limit, CancellationToken cancellationToken) => Here().ListAsync(limit, cancellationToken);

    public ValueTask<BulkOperation?> SaveAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        LosesSaves ? throw Away() : Here().SaveAsync(operation, cancellationToken);

    public ValueTask<IReadOnlyList<BulkOperation>> LeaseAsync(Guid process, TimeSpan lease, int limit, CancellationToken cancellationToken) =>
        Here().LeaseAsync(process, lease, limit, cancellationToken);

    public ValueTask<long> CountRetriesAsync(BulkOperation operation, RetryFilter filter, CancellationToken cancellationToken) =>
        Here().CountRetriesAsync(operation, filter, cancellationToken);

    public async ValueTask<OperationProgress> TakeRetriesAsync(BulkOperation operation, RetryFilter filter, int limit, CancellationToken cancellationToken)
    {
        Portions.Add(limit);
        var taken = await Here().TakeRetriesAsync(operation, filter, limit, cancellationToken);
        await ComeBetweenAsync();
        return taken;
    }

    public ValueTask<OperationProgress> ReadRetryOutcomesAsync(Guid id, CancellationToken cancellationToken) => Here().ReadRetryOutcomesAsync(id, cancellationToken);

    /// <summary>Also for items that are taken elsewhere.</summary>
    public async Task ComeBetweenAsync()
    {
        var who = AfterTake;
        AfterTake = null;
        await (who?.Invoke() ?? Task.CompletedTask);
    }

    private IOperationStore Here() => IsAway ? throw Away() : inner;

    private static StoreUnavailableException Away() => new("connection", "The store is away.", inner: null);
}

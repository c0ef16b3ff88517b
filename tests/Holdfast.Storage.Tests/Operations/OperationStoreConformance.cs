using Holdfast.Operations;
using Holdfast.Retries;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Operations;

/// <summary>
/// What every store of operations promises, together with the queue that they are about. The promises stand in files by subject: the
/// operations themselves, taking, outcomes. Times are hours: on a store whose clock goes on by itself they are still exact.
/// </summary>
public abstract partial class OperationStoreConformance : IAsyncLifetime
{
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly RetryFailure Refused = new("status 503", "f00d");
    private static readonly RetryFilter Everything = new();

    private protected IRetryStore Retries { get; private set; } = null!;

    private protected IOperationStore Operations { get; private set; } = null!;

    /// <summary>Dead letters of the large operation.</summary>
    private protected virtual int Many => 100_000;

    public virtual async ValueTask InitializeAsync() => await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Retries is not null)
        {
            await Retries.DisposeAsync();
        }
    }

    /// <summary>Stores that are not open, on the data of this test: what one has written, the next finds.</summary>
    private protected abstract (IRetryStore Retries, IOperationStore Operations) Create();

    /// <summary>Moves the clock of both forward.</summary>
    private protected abstract ValueTask AdvanceAsync(TimeSpan by);

    /// <summary>Has the store plan by statistics from a time when its tables were empty. Nothing for a store that has none.</summary>
    private protected virtual void MisleadPlanner()
    {
    }

    private async Task OpenAsync()
    {
        (Retries, Operations) = Create();
        await Retries.OpenAsync(CancellationToken.None);
    }

    private async Task ReopenAsync()
    {
        await Retries.DisposeAsync();
        await OpenAsync();
    }

    private static BulkOperation New(OperationKind kind = OperationKind.Replay, OperationOver over = OperationOver.Retries) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = kind,
        Over = over,
        Filter = "{}",
        Actor = "local",
        CreatedAt = default,
        Cutoff = default,
    };

    private async Task<BulkOperation> Begun(OperationKind kind = OperationKind.Replay) => await Operations.CreateAsync(New(kind), CancellationToken.None);

    /// <summary>Begins an operation an hour after everything that is there.</summary>
    private async Task<BulkOperation> BegunLater(OperationKind kind = OperationKind.Replay)
    {
        await AdvanceAsync(Hour);
        var operation = await Begun(kind);
        await AdvanceAsync(Hour);
        return operation;
    }

    private async Task<BulkOperation> Get(BulkOperation operation) => (await Operations.GetAsync(operation.Id, CancellationToken.None)).ShouldNotBeNull();

    private ValueTask<BulkOperation?> Save(BulkOperation operation) => Operations.SaveAsync(operation, CancellationToken.None);

    private ValueTask<long> Count(BulkOperation operation, RetryFilter? filter = null) => Operations.CountRetriesAsync(operation, filter ?? Everything, CancellationToken.None);

    private ValueTask<OperationProgress> Take(BulkOperation operation, int limit = 500, RetryFilter? filter = null) =>
        Operations.TakeRetriesAsync(operation, filter ?? Everything, limit, CancellationToken.None);

    private ValueTask<OperationProgress> Outcomes(BulkOperation operation) => Operations.ReadRetryOutcomesAsync(operation.Id, CancellationToken.None);

    private static OperationProgress Taken(int items) => new(items, 0, 0, 0);

    private async Task<RetryStatus> StatusOf(NewRetry item) => (await Retries.GetAsync(item.Id, CancellationToken.None)).ShouldNotBeNull().Status;

    private async Task<IReadOnlyList<RetryStatus>> StatusesOf(IEnumerable<NewRetry> items)
    {
        var statuses = new List<RetryStatus>();
        foreach (var item in items)
        {
            statuses.Add(await StatusOf(item));
        }

        return statuses;
    }

    private async Task<Dictionary<RetryStatus, long>> Sums() =>
        (await Retries.CountAsync(CancellationToken.None)).GroupBy(count => count.Status).ToDictionary(same => same.Key, same => same.Sum(count => count.Items));

    private async Task<RetryClaim> Claim(int limit = 1_000)
    {
        var process = Guid.NewGuid();
        await Retries.RenewAsync(process, "node", Hour * 1000, CancellationToken.None);
        _lastProcess = process;
        return await Retries.ClaimAsync(new ClaimOrder(process, limit), CancellationToken.None);
    }

    private Guid _lastProcess;

    /// <summary>Workers execute what is due, at most so many, and settle all of it so.</summary>
    private async Task<int> Work(AckKind kind, int limit = 1_000, TimeSpan delay = default)
    {
        var claim = await Claim(limit);
        var failure = kind == AckKind.Completed ? null : Refused;
        var results = await Retries.AckAsync(
            _lastProcess, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, kind, delay, failure))], CancellationToken.None);
        results.ShouldAllBe(result => result == AckResult.Accepted);
        return claim.Items.Count;
    }

    /// <summary>Items that became dead letters, or whatever else the outcome makes of them.</summary>
    private async Task<IReadOnlyList<NewRetry>> Settled(AckKind kind, params IReadOnlyList<NewRetry> items)
    {
        await Retries.EnqueueAsync(items, CancellationToken.None);
        (await Work(kind)).ShouldBe(items.Count);
        return items;
    }

    private Task<IReadOnlyList<NewRetry>> Dead(int count) => Settled(AckKind.GiveUp, Some.Several(count));
}

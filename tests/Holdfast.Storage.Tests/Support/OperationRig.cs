using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Retries;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Support;

/// <summary>
/// Operations over the reference stores. The worker goes round by round, workers of the queue execute what is due after each, and time is
/// what a round says that it waits: nothing sleeps, and the same test always sees the same.
/// </summary>
internal sealed class OperationRig
{
    private static readonly TimeSpan WorkersLease = TimeSpan.FromDays(1_000);

    private readonly Guid _executor = Guid.NewGuid();
    private readonly Dictionary<OperationOver, IOperationItems> _items;

    public OperationRig()
    {
        Queue = new MemoryRetryStore(Time);
        Letters = new MemoryTelemetryStore(Time);
        Store = new TrialOperationStore(Queue.Operations);
        _items = Items();
        Worker = NewWorker();
        var audit = new AuditTrail(new DeafIntake(), Letters, Time, NullLogger<AuditTrail>.Instance);
        Desk = new OperationDesk(Store, _items, audit, Time, () => Worker.Wake());
    }

    public ManualTimeProvider Time { get; } = new(Batches.Noon);

    public MemoryRetryStore Queue { get; }

    public MemoryTelemetryStore Letters { get; }

    public TrialOperationStore Store { get; }

    public OperationWorker Worker { get; private set; }

    public OperationDesk Desk { get; }

    /// <summary>What comes of an item that is executed; null: nobody executes anything.</summary>
    public Func<RetryItem, AckKind>? Target { get; set; } = _ => AckKind.Completed;

    /// <summary>So many items are executed after each round.</summary>
    public int ExecutedPerRound { get; set; } = 1_000;

    /// <summary>The process is gone, and another comes. Its lease is not given back.</summary>
    public void Restart() => Worker = NewWorker();

    public async Task<IReadOnlyList<NewRetry>> DeadAsync(int count)
    {
        var items = Some.Several(count);
        foreach (var some in items.Chunk(1_000))
        {
            await Queue.EnqueueAsync(some, CancellationToken.None);
            (await ExecuteAsync(_ => AckKind.GiveUp, limit: 1_000)).ShouldBe(some.Length);
        }

        Time.Advance(TimeSpan.FromMinutes(1));
        return items;
    }

    public async Task<BulkOperation> BeginAsync(
        OperationKind kind = OperationKind.Replay, OperationOver over = OperationOver.Retries, bool canary = false, double? rate = null, string filter = "{}", double stopAbove = 0.5)
    {
        var operation = await Store.CreateAsync(
            new BulkOperation
            {
                Id = Guid.CreateVersion7(),
                Kind = kind,
                Over = over,
                Filter = filter,
                RatePerSecond = rate,
                Canary = canary,
                StopAbove = stopAbove,
                Actor = "local",
                CreatedAt = default,
                Cutoff = default,
            },
            CancellationToken.None);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        return operation;
    }

    public async Task<BulkOperation> GetAsync(BulkOperation operation) => (await Queue.Operations.GetAsync(operation.Id, CancellationToken.None)).ShouldNotBeNull();

    /// <summary>Goes on until the operation is as wanted.</summary>
    public async Task<BulkOperation> UntilAsync(BulkOperation operation, Func<BulkOperation, bool> wanted, int roundsMax = 5_000)
    {
        for (var round = 0; round < roundsMax; round++)
        {
            if (await GetAsync(operation) is var now && wanted(now))
            {
                return now;
            }

            await RoundAsync();
        }

        throw new TimeoutException($"It never came to that: {await GetAsync(operation)}");
    }

    public Task<BulkOperation> UntilAsync(BulkOperation operation, OperationState state) => UntilAsync(operation, now => now.State == state);

    public async Task RoundAsync()
    {
        var wait = await Worker.RoundAsync(CancellationToken.None);
        await (Target is { } target ? ExecuteAsync(target, ExecutedPerRound) : Task.FromResult(0));
        Time.Advance(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    /// <summary>Somebody changes it, whatever it is by now.</summary>
    public async Task ChangeAsync(BulkOperation operation, OperationState state) =>
        (await Queue.Operations.SaveAsync(await GetAsync(operation) with { State = state }, CancellationToken.None)).ShouldNotBeNull();

    public async Task<int> CountAsync(RetryStatus status) =>
        (int)(await Queue.CountAsync(CancellationToken.None)).Where(count => count.Status == status).Sum(count => count.Items);

    /// <summary>How often each was put back.</summary>
    public async Task<IReadOnlyList<int>> RequeuedAsync(IEnumerable<NewRetry> items)
    {
        var counts = new List<int>();
        foreach (var item in items)
        {
            counts.Add((await Queue.ReadHistoryAsync(item.Id, CancellationToken.None)).Count(line => line.Kind == RetryHistoryKind.Requeued));
        }

        return counts;
    }

    private async Task<int> ExecuteAsync(Func<RetryItem, AckKind> target, int limit)
    {
        await Queue.RenewAsync(_executor, "node", WorkersLease, CancellationToken.None);
        var claim = await Queue.ClaimAsync(new ClaimOrder(_executor, limit), CancellationToken.None);
        await Queue.AckAsync(
            _executor, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, target(item), TimeSpan.FromMinutes(5), new RetryFailure("status 503", "f00d")))], CancellationToken.None);
        return claim.Items.Count;
    }

    private OperationWorker NewWorker() => new(Store, _items, Guid.NewGuid(), Time, NullLogger<OperationWorker>.Instance);

    private Dictionary<OperationOver, IOperationItems> Items()
    {
        var context = new DeadLetterContext(() => new DeadLetterOptions(), "node", Time, () => 0.5);
        return new Dictionary<OperationOver, IOperationItems>
        {
            [OperationOver.Retries] = new RetryItems(Store, () => { }),
            [OperationOver.DeadLetters] = new DeadLetterItems(Letters.DeadLetters, context),
        };
    }
}

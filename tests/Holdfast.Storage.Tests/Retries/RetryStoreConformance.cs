using System.Text;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>
/// What every store of failed operations promises. A store is a subclass; where a store differs on purpose, it overrides the member and
/// says why there. The promises stand in files by subject: enqueuing, claiming, outcomes, groups, leases, operators, reading, retention,
/// and the scenarios that come from the first workers. Times are hours: on a store whose clock goes on by itself they are still exact.
/// </summary>
public abstract partial class RetryStoreConformance : IAsyncLifetime
{
    private protected static readonly TimeSpan Lease = TimeSpan.FromHours(1);
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly RetryFailure Refused = new("status 503", "f00d");

    private protected IRetryStore Store { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Store = Create();
        await Store.OpenAsync(CancellationToken.None);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }
    }

    /// <summary>A store that is not open, on the data of this test: what one has written, the next finds.</summary>
    private protected abstract IRetryStore Create();

    /// <summary>Moves the store's clock forward.</summary>
    private protected abstract ValueTask AdvanceAsync(TimeSpan by);

    private async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Create();
        await Store.OpenAsync(CancellationToken.None);
    }

    private ValueTask<IReadOnlyList<EnqueuedRetry>> Enqueue(params IReadOnlyList<NewRetry> items) => Store.EnqueueAsync(items, CancellationToken.None);

    private async Task<NewRetry> Enqueued(NewRetry item)
    {
        (await Enqueue(item)).ShouldBe([new EnqueuedRetry(item.Id, EnqueueStatus.Created)]);
        return item;
    }

    /// <summary>A worker process whose lease runs.</summary>
    private async Task<Guid> Worker()
    {
        var process = Guid.NewGuid();
        (await Store.RenewAsync(process, "node", Lease, CancellationToken.None)).ShouldBeTrue();
        return process;
    }

    private async Task<RetryClaim> Claim(Guid? process = null, int limit = 10, bool alone = false, IReadOnlyList<string>? types = null) =>
        await Store.ClaimAsync(new ClaimOrder(process ?? await Worker(), limit, alone, types), CancellationToken.None);

    private async Task<IReadOnlyList<Guid>> Claimed(Guid? process = null, int limit = 10) => [.. (await Claim(process, limit)).Items.Select(item => item.Id)];

    /// <summary>A claim of exactly one item, with its worker.</summary>
    private async Task<Held> Hold(bool alone = false)
    {
        var process = await Worker();
        var claim = await Claim(process, limit: 1, alone);
        return new Held(process, claim.Token, claim.Items.ShouldHaveSingleItem());
    }

    private async Task<AckResult> Ack(Held held, AckKind kind, TimeSpan delay = default, RetryFailure? failure = null, TimeSpan took = default) =>
        (await Store.AckAsync(held.Process, [held.Ack(kind, delay, failure, took)], CancellationToken.None)).ShouldHaveSingleItem();

    private async Task<RetryItem> Get(Guid id) => (await Store.GetAsync(id, CancellationToken.None)).ShouldNotBeNull();

    private async Task<RetryItem> Get(NewRetry item) => await Get(item.Id);

    private ValueTask<RescueResult> Rescue(int limit = 100) => Store.RescueAsync(limit, CancellationToken.None);

    /// <summary>The worker that has the item disappears, and it is rescued.</summary>
    private async Task<Held> Crash(bool alone = false)
    {
        var held = await Hold(alone);
        await AdvanceAsync(Lease * 2);
        await Rescue();
        return held;
    }

    /// <summary>The item goes to its worker, who settles it so.</summary>
    private async Task<Held> Settle(AckKind kind, TimeSpan delay = default, RetryFailure? failure = null)
    {
        var held = await Hold();
        (await Ack(held, kind, delay, failure)).ShouldBe(AckResult.Accepted);
        return held;
    }

    /// <summary>Brings a new item into the state.</summary>
    private async Task<NewRetry> In(RetryStatus status, NewRetry? what = null)
    {
        var item = await Enqueued(what ?? RetryItems.New());
        await (status switch
        {
            RetryStatus.Pending => Task.CompletedTask,
            RetryStatus.Processing => Hold(),
            RetryStatus.Completed => Settle(AckKind.Completed),
            RetryStatus.DeadLetter => Settle(AckKind.GiveUp, failure: Refused),
            RetryStatus.Failed => Settle(AckKind.Failed, failure: Refused),
            _ => Store.CancelAsync(item.Id, CancellationToken.None).AsTask(),
        });
        (await Get(item)).Status.ShouldBe(status);
        return item;
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    /// <summary>An item in the hands of a worker.</summary>
    private sealed record Held(Guid Process, long Token, RetryItem Item)
    {
        public Guid Id => Item.Id;

        public RetryAck Ack(AckKind kind, TimeSpan delay = default, RetryFailure? failure = null, TimeSpan took = default) =>
            new(Item.Id, Token, kind, delay, failure, took);
    }
}

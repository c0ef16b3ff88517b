using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What claims find that look only where something can have come, on a real queue; every look counts as a long one here.</summary>
public class PostgresClaimWindowsTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static readonly Guid Worker = Guid.CreateVersion7();
    private static readonly string[] Types = ["http_callback", "mail"];

    private readonly ManualTimeProvider _time = new();
    private ClaimWindows _windows = null!;

    [Fact]
    public async Task What_comes_in_the_order_of_time_is_found_at_once_and_the_rest_by_the_next_full_look()
    {
        await using var store = await OpenAsync();
        var (first, urgent, mail) = (RetryItems.New(), RetryItems.New(priority: 10), RetryItems.New("mail"));
        await store.EnqueueAsync([first, urgent, mail], CancellationToken.None);
        await LaterAsync(store);
        var taken = await ClaimAsync(10);
        await LaterAsync(store);
        await store.AckAsync(Worker, [new RetryAck(first.Id, taken.Token, AckKind.Returned)], CancellationToken.None);
        var (next, nextUrgent, low, between, nextMail) = (RetryItems.New(), RetryItems.New(priority: 10), RetryItems.New(priority: -5), RetryItems.New(priority: 5), RetryItems.New("mail"));
        await store.EnqueueAsync([next, nextUrgent, low, between, nextMail], CancellationToken.None);

        var narrow = await ClaimAsync(10);
        _time.Advance(TimeSpan.FromSeconds(1));
        var full = await ClaimAsync(10);

        Ids(taken).ShouldBe([urgent.Id, first.Id, mail.Id]);
        Ids(narrow).ShouldBe([nextUrgent.Id, next.Id, nextMail.Id, low.Id]);
        narrow.NextIn.ShouldBe(TimeSpan.FromSeconds(1));
        Ids(full).ShouldBe([between.Id, first.Id]);
    }

    [Fact]
    public async Task A_backlog_is_handed_out_in_the_order_of_the_queue_portion_by_portion()
    {
        await using var store = await OpenAsync();
        NewRetry[] items = [.. Enumerable.Range(0, 60).Select(i => RetryItems.New(Types[i % 2], priority: i % 3 * 5))];
        await store.EnqueueAsync(items, CancellationToken.None);

        var handedOut = new List<Guid>();
        while (await ClaimAsync(7) is { Items.Count: > 0 } claim)
        {
            handedOut.AddRange(Ids(claim));
        }

        handedOut.ShouldBe(items.OrderByDescending(item => item.Priority).ThenBy(item => item.Id).Select(item => item.Id));
    }

    [Fact]
    public async Task What_becomes_due_is_found_through_windows_too()
    {
        await using var store = await OpenAsync();
        var later = RetryItems.New(delay: TimeSpan.FromSeconds(30));
        await store.EnqueueAsync([RetryItems.New(), RetryItems.New("mail"), later], CancellationToken.None);
        await ClaimAsync(10);

        await LaterAsync(store);

        Ids(await ClaimAsync(10)).ShouldBe([later.Id]);
    }

    private async Task<PostgresRetryStore> OpenAsync()
    {
        var store = PostgresRetries.Store(Database);
        await store.OpenAsync(CancellationToken.None);
        await store.RenewAsync(Worker, "here", TimeSpan.FromHours(9), CancellationToken.None);
        _windows = new ClaimWindows(_time, many: 0);
        return store;
    }

    // Beyond what is found because it may have been committed late, and within what a higher priority gains.
    private async Task LaterAsync(PostgresRetryStore store)
    {
        await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromMinutes(1));
        await store.RenewAsync(Worker, "here", TimeSpan.FromHours(9), CancellationToken.None);
    }

    private async Task<RetryClaim> ClaimAsync(int limit)
    {
        await using var connection = Database.Open();
        return await RetryWork.ClaimAsync(connection, TimeSpan.FromSeconds(30), new ClaimOrder(Worker, limit, Types: Types), _windows, CancellationToken.None);
    }

    private static IEnumerable<Guid> Ids(RetryClaim claim) => claim.Items.Select(item => item.Id);
}

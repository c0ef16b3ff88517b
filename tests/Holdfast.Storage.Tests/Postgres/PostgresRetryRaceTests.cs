using Holdfast.Operations;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>
/// What happens between two statements of one function: each sees what was committed before it, so an item may be elsewhere than it was a moment
/// ago. A gate holds the function there until the other has done its work.
/// </summary>
public sealed class PostgresRetryRaceTests(PostgresServers servers) : PostgresFixture(servers)
{
    private readonly Guid _process = Guid.NewGuid();

    [Fact(Timeout = 60_000)]
    public async Task An_item_that_is_done_while_it_is_handed_in_again_is_not_taken_twice()
    {
        await using var store = await OpenRetriesAsync();
        var item = Some.New();
        await store.EnqueueAsync([item], CancellationToken.None);
        var claim = await ClaimAsync(store);
        using var settling = Database.Open();
        using var transaction = settling.BeginTransaction();
        PostgresTestDatabase.Run(settling, "LOCK TABLE holdfast.retry_leases IN ACCESS EXCLUSIVE MODE");

        var again = store.EnqueueAsync([item], CancellationToken.None).AsTask();
        await Database.UntilLockedAsync("relation = 'holdfast.retry_leases'::regclass", again);
        PostgresTestDatabase.Run(settling, $"SELECT holdfast.complete_retry('{item.Id}', {claim.Token})");
        await transaction.CommitAsync();

        (await again).ShouldHaveSingleItem().Status.ShouldBe(EnqueueStatus.Duplicate);
        (await StatusAsync(store, item)).ShouldBe(RetryStatus.Completed);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_finds_its_correlation_id_taken_by_an_item_that_is_done_at_that_moment_is_taken()
    {
        await using var store = await OpenRetriesAsync();
        var (first, second) = (Some.Correlated("order-17"), Some.Correlated("order-17"));
        await store.EnqueueAsync([first], CancellationToken.None);
        var claim = await ClaimAsync(store);
        Database.Execute(
            Gate +
            """
            CREATE FUNCTION holdfast.stand() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM holdfast.stand_at_gate(); RETURN NULL; END $$;
            CREATE TRIGGER gate AFTER INSERT ON holdfast.retry_keys FOR EACH STATEMENT EXECUTE FUNCTION holdfast.stand();
            """);

        var late = await AtGateAsync(
            () => store.EnqueueAsync([second], CancellationToken.None),
            () => SettleAsync(store, new RetryAck(first.Id, claim.Token, AckKind.Completed)));

        late.ShouldHaveSingleItem().ShouldBe(new EnqueuedRetry(second.Id, EnqueueStatus.Created));
        (await StatusAsync(store, second)).ShouldBe(RetryStatus.Pending);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_item_that_comes_while_it_is_looked_for_is_not_changed_without_its_group()
    {
        await using var store = await OpenRetriesAsync();
        var item = Some.InGroup("customer-4");
        using var enqueuing = Database.Open();
        using var transaction = enqueuing.BeginTransaction();
        await RetryWriter.EnqueueAsync(enqueuing, [item], CancellationToken.None);
        PutGateBeforeGroups();

        var change = await AtGateAsync(() => store.CancelAsync(item.Id, CancellationToken.None), () => transaction.CommitAsync());

        change.Result.ShouldBe(RetryChangeResult.NotFound);
        (await StatusAsync(store, item)).ShouldBe(RetryStatus.Pending);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_operation_skips_what_comes_back_from_a_worker_while_it_begins()
    {
        await using var store = await OpenRetriesAsync();
        var (held, waiting) = (Some.InGroup("customer-4"), Some.New(delay: TimeSpan.FromHours(9)));
        await store.EnqueueAsync([held, waiting], CancellationToken.None);
        var claim = await ClaimAsync(store);
        var operation = await store.Operations.CreateAsync(
            new BulkOperation { Id = Guid.CreateVersion7(), Kind = OperationKind.Cancel, Over = OperationOver.Retries, Filter = "{}", Actor = "local", CreatedAt = default, Cutoff = default },
            CancellationToken.None);
        PutGateBeforeGroups();

        var counts = await AtGateAsync(
            () => new ValueTask<(long, long)>(Task.Run(() => Database.Rows(
                $"SELECT taken, skipped FROM holdfast.take_operation_items('{operation.Id}', '{{{held.Id},{waiting.Id}}}', ARRAY[now(), now()], '{{0,0}}', 10)",
                row => (row.GetInt64(0), row.GetInt64(1))).Single())),
            () => SettleAsync(store, new RetryAck(held.Id, claim.Token, AckKind.Returned)));

        counts.ShouldBe((1, 1));
        (await StatusAsync(store, held)).ShouldBe(RetryStatus.Pending);
        (await StatusAsync(store, waiting)).ShouldBe(RetryStatus.Cancelled);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Items_that_come_back_and_are_handed_in_again_do_not_wait_for_each_other(bool fromWorker)
    {
        await using var store = await OpenRetriesAsync();
        // The queue's order, in which they are handed out and become dead letters, is not that of their ids.
        NewRetry[] items = [Some.New(priority: 1), Some.New(priority: 9)];
        await store.EnqueueAsync([items[1]], CancellationToken.None);
        await store.EnqueueAsync([items[0]], CancellationToken.None);
        var claim = await ClaimAsync(store);
        var kind = fromWorker ? AckKind.Returned : AckKind.GiveUp;
        IReadOnlyList<RetryAck> outcomes = [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, kind))];
        Func<Task> back = () => store.AckAsync(_process, outcomes, CancellationToken.None).AsTask();
        if (!fromWorker)
        {
            await back();
            back = () => Task.Run(() => Database.Execute($"SELECT holdfast.requeue_retries('{{{items[1].Id},{items[0].Id}}}', holdfast.clock(), 'again')"));
        }

        // Holds up what comes back when one of the two is there.
        Database.Execute(
            Gate +
            """
            CREATE FUNCTION holdfast.stand() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM holdfast.stand_at_gate(); RETURN NEW; END $$;
            CREATE TRIGGER gate BEFORE INSERT ON holdfast.retries FOR EACH ROW WHEN (NEW.priority = 1) EXECUTE FUNCTION holdfast.stand();
            """);
        Task<IReadOnlyList<EnqueuedRetry>> again = null!;
        await AtGateAsync(
            async () =>
            {
                await back();
                return true;
            },
            async () =>
            {
                again = store.EnqueueAsync(items, CancellationToken.None).AsTask();
                await Database.UntilLockedAsync("locktype = 'transactionid'", again);
            });

        (await again).ShouldAllBe(answer => answer.Status == EnqueueStatus.Duplicate);
        Database.Scalar<long>("SELECT count(*) FROM holdfast.retries").ShouldBe(2);
    }

    // The first that comes waits until it is opened; whoever comes later goes through.
    private const string Gate =
        """
        CREATE SEQUENCE holdfast.gate;
        CREATE FUNCTION holdfast.stand_at_gate() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN IF nextval('holdfast.gate') = 1 THEN PERFORM pg_advisory_xact_lock(42); END IF; END $$;
        """;

    private void PutGateBeforeGroups() => Database.Execute(
        Gate +
        """
        ALTER FUNCTION holdfast.lock_retry_groups(text[]) RENAME TO lock_retry_groups_behind_gate;
        CREATE FUNCTION holdfast.lock_retry_groups(p_group_keys text[]) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN PERFORM holdfast.stand_at_gate(); PERFORM holdfast.lock_retry_groups_behind_gate(p_group_keys); END $$;
        """);

    /// <summary>Begins something, does something else while it stands at the gate, and lets it through.</summary>
    private async Task<T> AtGateAsync<T>(Func<ValueTask<T>> begin, Func<Task> meanwhile)
    {
        using var keeper = Database.Open();
        PostgresTestDatabase.Run(keeper, "SELECT pg_advisory_lock(42)");
        var begun = begin().AsTask();
        await Database.UntilLockedAsync("locktype = 'advisory' AND objid = 42", begun);
        await meanwhile();
        PostgresTestDatabase.Run(keeper, "SELECT pg_advisory_unlock(42)");
        return await begun;
    }

    private async Task<PostgresRetryStore> OpenRetriesAsync()
    {
        var store = PostgresRetries.Store(Database);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    private async Task<RetryClaim> ClaimAsync(PostgresRetryStore store)
    {
        await store.RenewAsync(_process, "node", TimeSpan.FromHours(1), CancellationToken.None);
        return await store.ClaimAsync(new ClaimOrder(_process, 10), CancellationToken.None);
    }

    private async Task SettleAsync(PostgresRetryStore store, RetryAck outcome) =>
        (await store.AckAsync(_process, [outcome], CancellationToken.None)).ShouldBe([AckResult.Accepted]);

    private static async Task<RetryStatus> StatusAsync(PostgresRetryStore store, NewRetry item) =>
        (await store.GetAsync(item.Id, CancellationToken.None)).ShouldNotBeNull().Status;
}

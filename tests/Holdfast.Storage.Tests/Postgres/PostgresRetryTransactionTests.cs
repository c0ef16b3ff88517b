using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>Operations that are handed in within the application's own transaction.</summary>
public class PostgresRetryTransactionTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static readonly RetryDraft Draft = new() { OperationType = "http_callback", CorrelationId = "order-17" };

    [Fact]
    public async Task A_rollback_takes_the_operation_with_it() => (await EnqueueAsync(transaction => transaction.RollbackAsync())).ShouldBe((0, 0));

    [Fact]
    public async Task A_commit_brings_the_operation_and_the_row_it_belongs_to() => (await EnqueueAsync(transaction => transaction.CommitAsync())).ShouldBe((1, 1));

    [Fact]
    public async Task Many_operations_are_in_the_queue_when_the_transaction_commits_and_not_before()
    {
        await using var connection = Database.Open();
        await using var transaction = await connection.BeginTransactionAsync();
        var drafts = Enumerable.Range(0, 6_000).Select(_ => new RetryDraft { OperationType = "noop" }).ToList();

        var answers = await transaction.EnqueueRetriesAsync(drafts);
        var before = CountItems();
        await transaction.CommitAsync();

        answers.Select(answer => answer.Id).Distinct().Count().ShouldBe(6_000);
        (before, CountItems()).ShouldBe((0, 6_000));
    }

    [Fact]
    public async Task A_draft_that_breaks_a_rule_leaves_the_transaction_as_it_was()
    {
        await using var connection = Database.Open();
        await using var transaction = await connection.BeginTransactionAsync();

        await Should.ThrowAsync<RetryRejectedException>(async () => await transaction.EnqueueRetriesAsync([Draft, new RetryDraft { OperationType = "" }]));
        await transaction.EnqueueRetriesAsync([Draft]);
        await transaction.CommitAsync();

        CountItems().ShouldBe(1);
    }

    [Fact]
    public async Task The_workers_are_woken_by_the_commit_where_that_is_wanted()
    {
        await using var store = PostgresRetries.Store(Database);
        using var heard = new SemaphoreSlim(0);
        using var stop = new CancellationTokenSource();
        var listening = store.Doorbell.ListenAsync(() => heard.Release(), stop.Token);
        await heard.WaitAsync(CancellationToken.None);
        await using var connection = Database.Open();
        await using var transaction = await connection.BeginTransactionAsync();

        await transaction.EnqueueRetriesAsync([Draft], wake: true);
        await transaction.CommitAsync();

        (await heard.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue();
        await stop.CancelAsync();
        await listening;
    }

    private async Task<(long Items, long Rows)> EnqueueAsync(Func<NpgsqlTransaction, Task> end)
    {
        Database.Execute("CREATE TABLE public.orders (id integer)");
        await using var connection = Database.Open();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO public.orders VALUES (17)", connection);
        await insert.ExecuteNonQueryAsync();

        (await transaction.EnqueueRetriesAsync([Draft])).ShouldHaveSingleItem().Status.ShouldBe(EnqueueStatus.Created);
        await end(transaction);

        return (CountItems(), Database.Scalar<long>("SELECT count(*) FROM public.orders"));
    }

    private long CountItems() => Database.Scalar<long>("SELECT count(*) FROM holdfast.retries");
}

using Holdfast.Operations;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Storage.Tests.Support;
using Npgsql;
using Some = Holdfast.Storage.Tests.Retries.RetryItems;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>The queue as workers in other languages and people with psql have it: functions, views and rights, and plain SQL alone.</summary>
public class PostgresRetrySqlTests(PostgresServers servers) : PostgresFixture(servers)
{
    private const string Worker = "'0190bbbb-0000-7000-8000-000000000001'";

    [Fact]
    public async Task A_worker_that_speaks_only_SQL_takes_a_batch_in_the_order_of_the_queue_and_settles_it()
    {
        await using var store = await OpenRetriesAsync();
        var (low, high, later) = (Some.New(priority: -5), Some.New(priority: 10), Some.New(delay: TimeSpan.FromHours(1)));
        await store.EnqueueAsync([low, high, later], CancellationToken.None);

        var batch = Acquire(5);

        batch.Select(taken => taken.Id).ShouldBe([high.Id, low.Id]);
        Acquire(5).ShouldBeEmpty();
        Statuses().ShouldBe([(high.Id, "processing"), (low.Id, "processing"), (later.Id, "pending")], ignoreOrder: true);
        Complete(batch[0].Id, batch[0].Token).ShouldBeTrue();
        Complete(batch[0].Id, batch[0].Token).ShouldBeFalse();
        Fail(batch[1].Id, batch[1].Token - 1, "an old token").ShouldBeNull();
        Fail(batch[1].Id, batch[1].Token, "status 503").ShouldBe("pending");
        Statuses().ShouldBe([(high.Id, "completed"), (low.Id, "pending"), (later.Id, "pending")], ignoreOrder: true);
        Database.Rows(
            "SELECT status, attempt_number, error_message FROM holdfast.retry_history ORDER BY attempted_at",
            row => (row.GetString(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2))).ShouldBe([("completed", 1, null), ("retried", 1, "status 503")]);
    }

    [Fact]
    public async Task A_failure_told_in_SQL_follows_the_policy_that_the_server_published()
    {
        await using var store = await OpenRetriesAsync();
        await store.PublishAsync(
            new RetryQueueOptions
            {
                Policies = new Dictionary<string, RetryPolicy>
                {
                    ["http_callback"] = new() { InitialDelay = TimeSpan.FromSeconds(20), BackoffMultiplier = 3, MaxDelay = TimeSpan.FromSeconds(100), Jitter = 0, NonRetryable = ["Forbidden"] },
                },
            },
            CancellationToken.None);
        var item = Some.New(maxRetries: 4);
        await store.EnqueueAsync([item], CancellationToken.None);

        var delays = new List<double>();
        for (var attempt = 1; attempt < 4; attempt++)
        {
            var taken = Acquire(1, "gen_random_uuid()").ShouldHaveSingleItem();
            Fail(taken.Id, taken.Token, "status 503").ShouldBe("pending");
            delays.Add(Database.Scalar<double>("SELECT extract(epoch FROM run_after - updated_at)::float8 FROM holdfast.retries"));
            await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromHours(1));
        }

        var last = Acquire(1, "gen_random_uuid()").ShouldHaveSingleItem();
        Fail(last.Id, last.Token, "status 503").ShouldBe("dead_letter");
        delays.ShouldBe([20, 60, 100]);
    }

    [Fact]
    public async Task A_failure_that_cannot_be_tried_again_is_said_by_the_worker_or_known_by_its_words()
    {
        await using var store = await OpenRetriesAsync();
        await store.PublishAsync(new RetryQueueOptions { Policies = new Dictionary<string, RetryPolicy>(), Fallback = new RetryPolicy { NonRetryable = ["forbidden"] } }, CancellationToken.None);
        await store.EnqueueAsync(Some.Several(2), CancellationToken.None);
        var batch = Acquire(2);

        Database.Scalar<string>($"SELECT holdfast.fail_retry('{batch[0].Id}', {batch[0].Token}, 'no such order', false)").ShouldBe("failed");
        Fail(batch[1].Id, batch[1].Token, "403 Forbidden").ShouldBe("failed");
    }

    [Fact]
    public void The_delays_and_names_of_causes_are_those_of_the_server()
    {
        var policy = RetryQueueOptions.DefaultPolicies["cytube_command"];
        Database.Execute("INSERT INTO holdfast.retry_policies VALUES ('cytube_command', '5 seconds', '300 seconds', 2, 0.1, '{}')");

        foreach (var (attempt, random) in new[] { (1, 0.0), (2, 0.25), (4, 0.999), (7, 0.5), (1_000, 0.5), (1_000_000, 0.9) })
        {
            Database.Scalar<TimeSpan>(FormattableString.Invariant($"SELECT holdfast.retry_delay('cytube_command', {attempt}, {random})"))
                .ShouldBe(policy.DelayAfter(attempt, () => random), TimeSpan.FromMilliseconds(1));
        }

        foreach (var message in new[] { "status 503", "order 0x1f of \"Bücher\" at 10:30,5", "id 0190bbbb-0000-7000-8000-00000000000a is 'gone'", new string('7', 600), "" })
        {
            Database.Scalar<string>($"SELECT holdfast.retry_fingerprint('sql_operation', '{message.Replace("'", "''", StringComparison.Ordinal)}')")
                .ShouldBe(RetryFingerprint.Of("sql_operation", "sql", message, frame: null), message);
        }
    }

    [Fact]
    public void The_transitions_in_SQL_are_those_of_the_state_table()
    {
        foreach (var (kind, attempt, max) in Enum.GetValues<AckKind>().SelectMany(kind => new[] { (kind, 1, 1), (kind, 1, 3), (kind, 2, 3), (kind, 3, 3), (kind, 4, 3) }))
        {
            Database.Scalar<string>($"SELECT holdfast.retry_status_after('{RetryNames.NameOf(kind)}', {attempt}, {max})")
                .ShouldBe(RetryJson.NameOf(RetryTransitions.AfterAttempt(kind, attempt, max)), $"{kind} {attempt}/{max}");
        }

        foreach (var (crashes, attempt, max) in new[] { (1, 1, 1), (1, 1, 3), (2, 2, 9), (3, 3, 9), (4, 4, 9), (2, 3, 3) })
        {
            Database.Scalar<string>($"SELECT holdfast.retry_status_after_crash({crashes}, {attempt}, {max})")
                .ShouldBe(RetryJson.NameOf(RetryTransitions.AfterCrash(crashes, attempt, max)), $"{crashes} {attempt}/{max}");
            Database.Scalar<string>($"SELECT holdfast.retry_crash_reason({crashes})").ShouldBe(RetryTransitions.CrashFailure(crashes).Message);
        }
    }

    [Fact]
    public async Task A_worker_whose_lease_has_ended_is_told_and_goes_on_under_another_id()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync([Some.New()], CancellationToken.None);
        Renew().ShouldBeTrue();
        await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromSeconds(13));

        Renew().ShouldBeFalse();
        Should.Throw<PostgresException>(() => Acquire(1)).SqlState.ShouldBe("55000");
        Acquire(1, "gen_random_uuid()").Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_worker_gets_the_types_that_it_names_in_the_order_of_the_queue()
    {
        await using var store = await OpenRetriesAsync();
        var (mail, callback, push, urgent) = (Some.New("mail"), Some.New(), Some.New("push"), Some.New("mail", priority: 10));
        await store.EnqueueAsync([mail, callback, push, urgent], CancellationToken.None);

        AcquireOf("{}", 5).ShouldBeEmpty();
        AcquireOf("{fax}", 5).ShouldBeEmpty();
        AcquireOf("{mail,push,fax}", 2).Select(taken => taken.Id).ShouldBe([urgent.Id, mail.Id]);
        AcquireOf("{mail,push,fax}", 2).Select(taken => taken.Id).ShouldBe([push.Id]);
        Statuses().ShouldContain((callback.Id, "pending"));
    }

    [Fact]
    public async Task What_was_not_begun_goes_back_to_its_place_without_an_attempt()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync(Some.Several(3), CancellationToken.None);
        var batch = Acquire(3);
        Complete(batch[2].Id, batch[2].Token);

        Return(batch[0].Id, batch[0].Token).ShouldBeTrue();
        Return(batch[0].Id, batch[0].Token).ShouldBeFalse();
        Return(batch[2].Id, batch[2].Token).ShouldBeFalse();
        Statuses().ShouldBe([(batch[0].Id, "pending"), (batch[1].Id, "processing"), (batch[2].Id, "completed")], ignoreOrder: true);
        Attempts(batch[0].Id).ShouldBe(0);
        Acquire(3).Select(taken => taken.Id).ShouldBe([batch[0].Id]);
    }

    [Fact]
    public async Task A_worker_that_leaves_gives_back_what_it_has_and_gets_nothing_more()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync(Some.Several(2), CancellationToken.None);
        var batch = Acquire(2);

        Leave().ShouldBe(2);

        Leave().ShouldBe(0);
        Complete(batch[0].Id, batch[0].Token).ShouldBeFalse();
        Statuses().ShouldAllBe(item => item.Status == "pending");
        Attempts(batch[0].Id).ShouldBe(0);
        Renew().ShouldBeFalse();
    }

    [Fact]
    public async Task An_item_that_killed_two_workers_is_handed_out_when_nothing_else_is_there_and_alone()
    {
        await using var store = await OpenRetriesAsync();
        var (deadly, harmless, later) = (Some.New(maxRetries: 9), Some.New(), Some.New());
        await store.EnqueueAsync([deadly], CancellationToken.None);
        for (var kill = 0; kill < 2; kill++)
        {
            Acquire(1, "gen_random_uuid()").ShouldHaveSingleItem();
            await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromSeconds(13));
            await store.RescueAsync(10, CancellationToken.None);
        }

        await store.EnqueueAsync([harmless], CancellationToken.None);
        var first = Acquire(5).ShouldHaveSingleItem();
        var whileFirst = Acquire(5);
        Complete(first.Id, first.Token);
        var second = Acquire(5).ShouldHaveSingleItem();
        await store.EnqueueAsync([later], CancellationToken.None);
        var whileSecond = Acquire(5);
        Complete(second.Id, second.Token);

        (first.Id, second.Id).ShouldBe((harmless.Id, deadly.Id));
        (whileFirst.Count, whileSecond.Count).ShouldBe((0, 0));
        Acquire(5).ShouldHaveSingleItem().Id.ShouldBe(later.Id);
    }

    [Fact]
    public async Task The_views_show_the_whole_queue()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync([.. Some.Several(5), Some.New("sql_operation", delay: TimeSpan.FromHours(9))], CancellationToken.None);
        var batch = Acquire(3);
        Complete(batch[0].Id, batch[0].Token);
        Fail(batch[1].Id, batch[1].Token, "forbidden", "false");
        await store.DeadLetterAsync(batch[2].Id, "look into it", CancellationToken.None);

        Database.Rows(
            "SELECT operation_type, status, count, avg_retry_count FROM holdfast.retry_queue_stats ORDER BY 1, 2",
            row => (row.GetString(0), row.GetString(1), row.GetInt64(2), row.IsDBNull(3) ? -1 : row.GetDouble(3)))
            .ShouldBe(
            [
                ("http_callback", "completed", 1, -1.0), ("http_callback", "dead_letter", 1, 1.0), ("http_callback", "failed", 1, 1.0),
                ("http_callback", "pending", 2, 0.0), ("sql_operation", "pending", 1, 0.0),
            ]);
        Database.Rows("SELECT alert_reason, id FROM holdfast.retry_queue_alerts", row => (row.GetString(0), row.GetGuid(1)))
            .ShouldBe([(RetryAlertReasons.DeadLetter, batch[2].Id)]);
    }

    [Fact]
    public async Task Cleaning_up_deletes_what_is_older_than_asked_for_and_nothing_that_is_unfinished()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync(Some.Several(3), CancellationToken.None);
        var batch = Acquire(2);
        Complete(batch[0].Id, batch[0].Token);
        Fail(batch[1].Id, batch[1].Token, "no", "false");
        var tooEarly = Database.Scalar<long>("SELECT holdfast.cleanup_old_retries(7)");
        await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromDays(9));

        var deleted = Database.Scalar<long>("SELECT holdfast.cleanup_old_retries(7)");

        (tooEarly, deleted).ShouldBe((0, 2));
        Statuses().Select(item => item.Status).ShouldBe(["pending"]);
        Should.Throw<PostgresException>(() => Database.Execute("SELECT holdfast.cleanup_old_retries(0)"));
    }

    [Fact]
    public async Task What_an_operation_put_back_and_is_done_stays_so_when_the_history_is_cleaned_up()
    {
        await using var store = await OpenRetriesAsync();
        var item = Some.New();
        await store.EnqueueAsync([item], CancellationToken.None);
        await store.DeadLetterAsync(item.Id, "look into it", CancellationToken.None);
        var replay = await store.Operations.CreateAsync(
            new BulkOperation { Id = Guid.CreateVersion7(), Kind = OperationKind.Replay, Over = OperationOver.Retries, Filter = "{}", Actor = "local", CreatedAt = default, Cutoff = default },
            CancellationToken.None);
        await store.Operations.TakeRetriesAsync(replay, new RetryFilter(), 10, CancellationToken.None);
        Complete(item.Id, Acquire(1).Single().Token);
        await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromDays(9));

        Database.Scalar<long>("SELECT holdfast.cleanup_old_retries(7)").ShouldBe(1);

        (await store.Operations.ReadRetryOutcomesAsync(replay.Id, CancellationToken.None)).ShouldBe(new OperationProgress(1, 1, 0, 0));
    }

    [Fact]
    public async Task A_transaction_that_was_left_open_is_shown_with_its_owner()
    {
        await using var store = await OpenRetriesAsync();
        using var forgotten = Database.Open();
        using var transaction = forgotten.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        using (var look = new NpgsqlCommand("SELECT 1 FROM holdfast.store", forgotten))
        {
            look.ExecuteScalar();
        }

        Database.Rows("SELECT owner FROM holdfast.old_transactions", row => row.GetString(0)).ShouldContain(owner => owner.Contains("of test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("holdfast_worker", "SELECT * FROM holdfast.retries")]
    [InlineData("holdfast_worker", "SELECT * FROM holdfast.retry_queue")]
    [InlineData("holdfast_worker", "SELECT holdfast.cancel_retry(gen_random_uuid())")]
    [InlineData("holdfast_worker", "SELECT holdfast.cleanup_old_retries(7)")]
    [InlineData("holdfast_worker", "SELECT * FROM holdfast.claim_retries(gen_random_uuid(), 1, false)")]
    [InlineData("holdfast_worker", "SELECT * FROM monitoring.monitoring_events")]
    [InlineData("holdfast_ingest", "SELECT * FROM holdfast.acquire_retry_batch(1, gen_random_uuid())")]
    [InlineData("holdfast_read", "SELECT * FROM holdfast.acquire_retry_batch(1, gen_random_uuid())")]
    [InlineData("holdfast_read", "DELETE FROM holdfast.retries")]
    [InlineData("holdfast_app", "DELETE FROM holdfast.retry_log")]
    public void A_role_may_not_do_what_it_is_not_for(string role, string sql) =>
        Should.Throw<PostgresException>(() => Database.Execute($"SET ROLE {role}; {sql}")).SqlState.ShouldBe("42501");

    [Fact]
    public async Task A_worker_needs_no_right_but_its_role_and_a_reader_sees_every_view()
    {
        await using var store = await OpenRetriesAsync();
        await store.EnqueueAsync([Some.New()], CancellationToken.None);

        Database.Rows(
            $"SET ROLE holdfast_worker; SELECT id, holdfast.fail_retry(id, token, 'x') FROM holdfast.acquire_retry_batch(1, {Worker})", row => row.GetString(1)).ShouldBe(["pending"]);
        Database.Execute("SET ROLE holdfast_worker; SELECT holdfast.heartbeat_retry_worker(gen_random_uuid())");
        Database.Execute($"SET ROLE holdfast_worker; SELECT holdfast.return_retry(gen_random_uuid(), 1), holdfast.leave_retry_worker({Worker})");
        foreach (var view in new[] { "retry_queue", "retry_queue_stats", "retry_queue_alerts", "retry_history" })
        {
            Database.Execute($"SET ROLE holdfast_read; SELECT * FROM holdfast.{view}");
        }
    }

    [Fact]
    public async Task The_server_needs_no_right_but_its_role()
    {
        var login = $"retries_{Database.Name}";
        Database.Execute($"CREATE ROLE {login} LOGIN; GRANT holdfast_app TO {login}");
        await using var store = PostgresRetries.Store(Database, Database.Server.ConnectionString(Database.Name, login));
        await store.OpenAsync(CancellationToken.None);
        await store.PublishAsync(new RetryQueueOptions(), CancellationToken.None);
        var items = new[] { Some.InGroup("g"), Some.InGroup("g"), Some.Correlated("c"), Some.New() };
        var process = Guid.NewGuid();

        await store.EnqueueAsync(items, CancellationToken.None);
        await store.RenewAsync(process, "node", TimeSpan.FromMinutes(1), CancellationToken.None);
        var claim = await store.ClaimAsync(new ClaimOrder(process, 10), CancellationToken.None);
        await store.AckAsync(process, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.Completed))], CancellationToken.None);
        await store.CancelAsync(items[1].Id, CancellationToken.None);
        await store.RequeueAsync(items[1].Id, CancellationToken.None);
        await store.EditAsync(items[1].Id, 1, "{}"u8.ToArray(), CancellationToken.None);
        await store.LeaveAsync(process, CancellationToken.None);
        await store.RescueAsync(10, CancellationToken.None);
        await store.ReadAlertsAsync(10, CancellationToken.None);
        await PostgresRetries.AdvanceAsync(Database, TimeSpan.FromDays(40));
        while (await store.MaintainAsync(TimeSpan.FromDays(7), TimeSpan.FromDays(7), CancellationToken.None))
        {
        }

        (await store.CountAsync(CancellationToken.None)).ShouldBe([new RetryCount("http_callback", RetryStatus.Pending, 1)]);
    }

    private async Task<PostgresRetryStore> OpenRetriesAsync()
    {
        var store = PostgresRetries.Store(Database);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    private IReadOnlyList<(Guid Id, long Token)> Acquire(int items, string worker = Worker) => Database.Rows(
        $"SELECT id, token FROM holdfast.acquire_retry_batch({items}, {worker})", row => (row.GetGuid(0), row.GetInt64(1)));

    private IReadOnlyList<(Guid Id, long Token)> AcquireOf(string types, int items) => Database.Rows(
        $"SELECT id, token FROM holdfast.acquire_retry_batch({items}, {Worker}, '{types}')", row => (row.GetGuid(0), row.GetInt64(1)));

    private bool Return(Guid id, long token) => Database.Scalar<bool>($"SELECT holdfast.return_retry('{id}', {token})");

    private int Leave() => Database.Scalar<int>($"SELECT holdfast.leave_retry_worker({Worker})");

    private int Attempts(Guid id) => Database.Scalar<int>($"SELECT retry_count FROM holdfast.retry_queue WHERE id = '{id}'");

    private bool Renew() => Database.Scalar<bool>($"SELECT holdfast.heartbeat_retry_worker({Worker})");

    private bool Complete(Guid id, long token) => Database.Scalar<bool>($"SELECT holdfast.complete_retry('{id}', {token})");

    private string? Fail(Guid id, long token, string error, string retryable = "true") => Database.Rows(
        $"SELECT holdfast.fail_retry('{id}', {token}, '{error}', {retryable})", row => row.IsDBNull(0) ? null : row.GetString(0)).Single();

    private IReadOnlyList<(Guid Id, string Status)> Statuses() =>
        Database.Rows("SELECT id, status FROM holdfast.retry_queue", row => (row.GetGuid(0), row.GetString(1)));
}

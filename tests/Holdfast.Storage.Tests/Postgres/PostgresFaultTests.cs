using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What can happen to a database while it is used. Nothing acknowledged is missing, nothing is there twice, and the operator is told what to do.</summary>
public class PostgresFaultTests(PostgresServers servers) : PostgresFixture(servers)
{
    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_recognised()
    {
        await using var proxy = new SilentProxy(Database.Server.Port);
        var throughProxy = new NpgsqlConnectionStringBuilder(Database.Server.TcpConnectionString(Database.Name)) { Port = proxy.Port }.ConnectionString;
        var store = await OpenAsync(throughProxy);
        SpooledBatch[] batches =
        [
            Batches.OfEvents(1, 1, [.. Events(800, "[]", bad: [3])]), Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)),
        ];

        proxy.SwallowNextCommit();
        var fault = await Unavailable(async () => await Write(store, batches));
        var again = await Write(store, batches);

        (fault.Code, proxy.Swallowed).ShouldBe(("connection", 1));
        (again.AlreadyStored, again.EventsStored, again.DeadLettered).ShouldBe((2, 0, 0));
        (CountEvents(), CountDeadLetters(), Database.Scalar<long>("SELECT count(*) FROM monitoring.samples")).ShouldBe((799, 1, 1));
        (await store.ReadTotalsAsync(SpoolId, CancellationToken.None)).Events.ShouldBe(new StoreCounts(799, 1, 0, 0, 0));
    }

    [Fact]
    public async Task Connections_that_are_ended_in_the_middle_cost_nothing_but_time()
    {
        var store = await OpenAsync();
        var refusals = 0;
        for (var batch = 1; batch <= 30; batch++)
        {
            var rows = Batches.OfEvents(batch, ((batch - 1) * 3_000) + 1, Events(3_000));
            var writing = TryWriteAsync(store, rows);
            TerminateUntil(() => writing.IsCompleted);
            while (!await writing)
            {
                refusals++;
                writing = TryWriteAsync(store, rows);
            }
        }

        refusals.ShouldBeGreaterThan(0, "otherwise nothing was tried");
        ShouldHoldExactly(90_000);
    }

    [Theory]
    [InlineData("ALTER FUNCTION monitoring.insert_monitoring_events_batch RENAME TO gone", "ALTER FUNCTION monitoring.gone RENAME TO insert_monitoring_events_batch")]
    [InlineData("ALTER TABLE monitoring.monitoring_events RENAME TO gone", "ALTER TABLE monitoring.gone RENAME TO monitoring_events")]
    [InlineData("ALTER TABLE monitoring.monitoring_events RENAME COLUMN source TO gone", "ALTER TABLE monitoring.monitoring_events RENAME COLUMN gone TO source")]
    [InlineData("ALTER VIEW monitoring.monitoring_events_view RENAME TO gone", "ALTER VIEW monitoring.gone RENAME TO monitoring_events_view")]
    public async Task What_is_dropped_and_restored_under_load_costs_nothing_but_time(string drop, string restore)
    {
        var store = await OpenAsync();
        using var done = new CancellationTokenSource();
        var breaking = Task.Run(async () =>
        {
            for (var rounds = 0; !done.IsCancellationRequested; rounds++)
            {
                Database.Execute(drop);
                await Task.Yield();
                Database.Execute(restore);
            }
        });

        await WriteAllAsync(store, batches: 60, rowsPerBatch: 400);

        await done.CancelAsync();
        await breaking;
        CountDeadLetters().ShouldBe(0);
        ShouldHoldExactly(24_000);
    }

    [Fact]
    public async Task A_right_that_is_taken_away_and_given_back_costs_nothing_but_time()
    {
        var login = $"login_{Database.Name}";
        Database.Execute($"CREATE ROLE {login} LOGIN; GRANT holdfast_ingest TO {login}");
        var store = await OpenAsync(Database.Server.ConnectionString(Database.Name, login), StoreApproach.Direct);
        Database.Execute("REVOKE INSERT ON monitoring.monitoring_events FROM holdfast_ingest");

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Batches.Event())));
        Database.Execute("GRANT INSERT ON monitoring.monitoring_events TO holdfast_ingest");
        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event()));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("permission denied");
        result.EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_is_stopped_and_started_is_used_again()
    {
        await using var own = await PostgresDatabases.CreateAsync(await PostgresServer.StartAsync("/usr/lib/postgresql/15/bin"));
        var database = await own.MigratedAsync();
        var store = await OpenAsync(database.ConnectionString);
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));

        await own.Server.StopAsync();
        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(2, 2, Batches.Event())));
        await own.Server.StartAgainAsync();
        var refusals = 0;
        while (!await TryWriteAsync(store, Batches.OfEvents(2, 2, Batches.Event())))
        {
            (++refusals).ShouldBeLessThan(20, "connections that broke are replaced");
        }

        fault.Code.ShouldBe("connection");
        (await store.ReadHeldAsync(SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(2);
    }

    [Fact]
    public async Task A_restored_older_database_shows_that_it_is_behind_and_takes_what_it_misses()
    {
        var store = await OpenAsync();
        var identity = await store.OpenAsync(CancellationToken.None);
        var (first, second) = (Batches.OfEvents(1, 1, Batches.Event(), Batches.Event()), Batches.OfEvents(2, 3, Batches.Event()));
        await Write(store, first);
        await using var backup = await OpenBackupAsync();
        await WriteUntilItWorksAsync(store, SpoolId, second);

        var held = await backup.ReadHeldAsync(SpoolId, CancellationToken.None);
        var replayed = await Write(backup, first, second);

        (await backup.OpenAsync(CancellationToken.None)).StoreId.ShouldBe(identity.StoreId);
        (held.ContiguousMark, held.HighestSequence).ShouldBe((1, 2));
        (replayed.AlreadyStored, replayed.EventsStored).ShouldBe((1, 1));
        (await backup.ReadHeldAsync(SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(2);
    }

    [Fact]
    public async Task Two_spools_write_at_the_same_time()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        var spools = new[] { Guid.NewGuid(), Guid.NewGuid() };

        await Task.WhenAll(stores.Zip(spools, async (store, spool) =>
        {
            for (var batch = 1; batch <= 15; batch++)
            {
                await store.WriteAsync(new StoreWrite(spool, [Batches.OfEvents(batch, ((batch - 1) * 700) + 1, Events(700))]), CancellationToken.None);
            }
        }));

        CountEvents().ShouldBe(21_000);
        foreach (var spool in spools)
        {
            (await stores[0].ReadHeldAsync(spool, CancellationToken.None)).ContiguousMark.ShouldBe(15);
        }
    }

    [Fact]
    public async Task Two_nodes_that_send_the_same_ids_at_the_same_time_store_them_once()
    {
        var stores = new[] { await OpenAsync(StoreApproach.Direct), await OpenAsync(StoreApproach.Rpc), await OpenAsync(StoreApproach.Direct) };
        var ids = Enumerable.Range(0, 3_000).Select(_ => Guid.NewGuid()).ToArray();

        var results = await Task.WhenAll(stores.Select(store => Task.Run(async () =>
            await WriteUntilItWorksAsync(store, Guid.NewGuid(), Batches.OfEvents(1, 1, [.. ids.Select(id => Batches.Event(id: id))])))));

        results.Sum(result => result.EventsStored).ShouldBe(3_000);
        results.Sum(result => result.Duplicates).ShouldBe(6_000);
        ShouldHoldExactly(3_000);
    }

    [Fact]
    public async Task A_write_that_is_cancelled_leaves_nothing()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        using var locked = Database.Open();
        using var transaction = locked.BeginTransaction();
        using (var command = new NpgsqlCommand("LOCK TABLE monitoring.monitoring_events", locked))
        {
            command.ExecuteNonQuery();
        }

        using var cancel = new CancellationTokenSource();
        var writing = store.WriteAsync(new StoreWrite(SpoolId, [Batches.OfEvents(1, 1, Events(1_000))]), cancel.Token).AsTask();
        while (Database.Scalar<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            await Task.Yield();
        }

        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(writing);
        transaction.Rollback();
        (CountEvents(), CountDeadLetters()).ShouldBe((0, 0));
        (await Write(store, Batches.OfEvents(1, 1, Events(1_000)))).EventsStored.ShouldBe(1_000);
    }

    private async Task<PostgresTelemetryStore> OpenBackupAsync()
    {
        NpgsqlConnection.ClearAllPools();
        using (var admin = new NpgsqlConnection(Database.Server.ConnectionString("postgres") + ";Pooling=false"))
        {
            admin.Open();
            using var copy = new NpgsqlCommand(
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{Database.Name}'", admin);
            copy.ExecuteNonQuery();
            using var create = new NpgsqlCommand($"CREATE DATABASE {Database.Name}_backup TEMPLATE {Database.Name}", admin);
            create.ExecuteNonQuery();
        }

        return await OpenAsync(Database.Server.ConnectionString($"{Database.Name}_backup"));
    }

    /// <summary>Ends what the store is at, wherever it is, until something was ended or there is nothing more to end.</summary>
    private void TerminateUntil(Func<bool> done)
    {
        const string Terminate =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast' AND state <> 'idle'";
        while (!done() && Database.Scalar<long>(Terminate) == 0)
        {
        }
    }

    /// <summary>Writes batch after batch like the flusher: what was refused is offered again. Returns how often it was refused.</summary>
    private static async Task<int> WriteAllAsync(PostgresTelemetryStore store, int batches, int rowsPerBatch)
    {
        var refusals = 0;
        for (var batch = 1; batch <= batches; batch++)
        {
            var rows = Batches.OfEvents(batch, ((batch - 1) * rowsPerBatch) + 1, Events(rowsPerBatch));
            while (!await TryWriteAsync(store, rows))
            {
                (++refusals).ShouldBeLessThan(20_000, "a write must get through now and then");
            }
        }

        return refusals;
    }

    private static async Task<bool> TryWriteAsync(PostgresTelemetryStore store, SpooledBatch batch)
    {
        try
        {
            await Write(store, batch);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static async Task<StoreWriteResult> WriteUntilItWorksAsync(PostgresTelemetryStore store, Guid spool, SpooledBatch batch)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await store.WriteAsync(new StoreWrite(spool, [batch]), CancellationToken.None);
            }
            catch (StoreUnavailableException passing) when (passing.Code is "busy" or "connection" && attempt < 20)
            {
                // a deadlock between two nodes, or a connection that was ended while it was idle: what is refused comes again
            }
        }
    }

    private void ShouldHoldExactly(long events) => Database
        .Rows("SELECT count(*), count(DISTINCT id), count(DISTINCT (epoch, sequence_id)) FROM monitoring.monitoring_events", row => (row.GetInt64(0), row.GetInt64(1)))
        .ShouldBe([(events, events)]);
}

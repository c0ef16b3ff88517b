using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>Nothing that a server, a network or another client does holds an operation up for longer than its time.</summary>
public class PostgresTimeLimitTests(PostgresServers servers) : PostgresFixture(servers)
{
    // Far beyond the limits that are tried, and only waited for when one does not hold.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // CopyDone and its length.
    private static readonly byte[] EndOfCopy = [(byte)'c', 0, 0, 0, 4];

    [Fact]
    public async Task A_server_that_falls_silent_at_the_end_of_a_COPY_costs_the_time_of_a_write()
    {
        await using var proxy = new SilentProxy(Database.Server.Port);
        var store = await OpenThroughAsync(proxy, StoreApproach.Direct);

        proxy.FallSilentAt(EndOfCopy);
        var fault = await Unavailable(() => Write(store, Batches.OfEvents(1, 1, Events(600))).AsTask().WaitAsync(Patience));
        proxy.SpeakAgain();
        var again = await WriteUntilItWorksAsync(store, Batches.OfEvents(1, 1, Events(600)));

        fault.Code.ShouldBe("timeout");
        again.EventsStored.ShouldBe(600);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("validation")]
    [InlineData("read")]
    [InlineData("roll up")]
    [InlineData("prune")]
    [InlineData("open")]
    public async Task A_server_that_says_nothing_any_more_costs_the_time_of_the_operation(string operation)
    {
        await using var proxy = new SilentProxy(Database.Server.Port);
        var store = await OpenThroughAsync(proxy);
        await store.QueryEventsAsync(new EventQuery(), CancellationToken.None); // a connection is there, and looks well

        proxy.FallSilent();
        var fault = await Unavailable(() => RunAsync(store, operation).WaitAsync(Patience));

        fault.Code.ShouldBe("timeout");
    }

    [Fact]
    public async Task A_write_that_waits_for_a_lock_is_ended_by_the_server_when_the_client_does_not_end_it()
    {
        var store = Create(new PostgresStoreOptions { ConnectionString = Database.ConnectionString, WriteTimeMax = TimeSpan.FromSeconds(1) }, Time);
        await store.OpenAsync(CancellationToken.None);
        using var locked = Lock("monitoring.monitoring_events");

        // The store's clock stands still, so nobody but the server can end it.
        var fault = await Unavailable(() => Write(store, Batches.OfEvents(1, 1, Events(600))).AsTask().WaitAsync(Patience));

        fault.Code.ShouldBe("timeout");
    }

    [Fact]
    public async Task Whatever_writes_is_durable_and_does_not_hold_its_locks_when_its_client_is_gone()
    {
        Database.Execute(
            $$"""
            ALTER DATABASE {{Database.Name}} SET synchronous_commit = off;
            CREATE TABLE public.seen (relation text, name text, value text);
            CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $f$ BEGIN
              INSERT INTO public.seen SELECT TG_TABLE_NAME, n, current_setting(n) FROM unnest(ARRAY['synchronous_commit', 'statement_timeout',
                'idle_in_transaction_session_timeout', 'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count']) n;
              RETURN NULL;
            END $f$;
            CREATE TRIGGER see AFTER INSERT ON monitoring.series FOR EACH STATEMENT EXECUTE FUNCTION public.see();
            CREATE TRIGGER see AFTER INSERT ON monitoring.validation_metrics FOR EACH STATEMENT EXECUTE FUNCTION public.see();
            CREATE TRIGGER see AFTER INSERT ON holdfast.lost_ranges FOR EACH STATEMENT EXECUTE FUNCTION public.see();
            CREATE TRIGGER see AFTER INSERT ON holdfast.audit FOR EACH STATEMENT EXECUTE FUNCTION public.see();
            """);
        var store = await OpenAsync(Database.Server.TcpConnectionString(Database.Name));

        await Write(store, Batches.OfSamples(1, Batches.Sample(Batches.Series(), 0, 1)));
        await RunAsync(store, "validation");
        await store.RecordLossAsync(SpoolId, [new LostRange(2, 2, null, null, 1, 0, "test", Time.GetUtcNow())], CancellationToken.None);
        await store.RecordAuditAsync(
            new AuditEntry { AuditId = Guid.NewGuid(), At = Time.GetUtcNow(), Actor = "local", Action = "try", Target = "x", DetailsJson = "{}" }, CancellationToken.None);

        string[] settings = ["synchronous_commit=on", "statement_timeout=30s", "idle_in_transaction_session_timeout=40s", "tcp_keepalives_idle=30", "tcp_keepalives_interval=10", "tcp_keepalives_count=3"];
        string[] relations = ["series", "validation_metrics", "lost_ranges", "audit"];
        Database.Rows("SELECT relation || ' ' || name || '=' || value FROM public.seen", row => row.GetString(0))
            .ShouldBe(relations.SelectMany(relation => settings.Select(setting => $"{relation} {setting}")), ignoreOrder: true);
    }

    [Fact]
    public async Task Slow_questions_do_not_keep_the_writer_from_the_database()
    {
        var store = await OpenAsync(Database.ConnectionString + ";Maximum Pool Size=3;Timeout=1");
        using var locked = Lock("monitoring.validation_metrics");
        using var cancel = new CancellationTokenSource();
        var slow = store.ReadValidationAsync(Time.GetUtcNow(), cancel.Token).AsTask();

        var fault = await Unavailable(async () => await store.QueryEventsAsync(new EventQuery(), CancellationToken.None));
        var written = await Write(store, Batches.OfEvents(1, 1, Events(3)));

        fault.Code.ShouldBe("timeout");
        fault.Message.ShouldContain("connections are in use");
        written.EventsStored.ShouldBe(3);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(slow);
    }

    private async Task<PostgresTelemetryStore> OpenThroughAsync(SilentProxy proxy, params StoreApproach[] approaches)
    {
        var options = new PostgresStoreOptions
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(Database.Server.TcpConnectionString(Database.Name)) { Port = proxy.Port }.ConnectionString,
            WriteTimeMax = TimeSpan.FromSeconds(1),
            ReadTimeMax = TimeSpan.FromSeconds(1),
            MaintenanceTimeMax = TimeSpan.FromSeconds(1),
        };
        var store = Create(approaches.Length == 0 ? options : new PostgresStoreOptions
        {
            ConnectionString = options.ConnectionString,
            WriteTimeMax = options.WriteTimeMax,
            ReadTimeMax = options.ReadTimeMax,
            Approaches = approaches,
        }, TimeProvider.System);
        await UntilItWorksAsync(() => store.OpenAsync(CancellationToken.None));
        return store;
    }

    private static Task<StoreWriteResult> WriteUntilItWorksAsync(PostgresTelemetryStore store, SpooledBatch batch) => UntilItWorksAsync(() => Write(store, batch));

    /// <summary>A second may not be enough on a busy machine.</summary>
    private static async Task<T> UntilItWorksAsync<T>(Func<ValueTask<T>> act)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await act();
            }
            catch (StoreUnavailableException passing) when (passing.Code is "timeout" or "connection" && attempt < 20)
            {
            }
        }
    }

    private static Task RunAsync(PostgresTelemetryStore store, string operation) => operation switch
    {
        "write" => Write(store, Batches.OfEvents(1, 1, Events(3))).AsTask(),
        "validation" => store.WriteValidationAsync(
            new PendingValidation(Guid.NewGuid(), [new ValidationCount("a", 1, 1, 0, 0, 0, 10)]), Batches.Noon, CancellationToken.None).AsTask(),
        "read" => store.QueryEventsAsync(new EventQuery(), CancellationToken.None).AsTask(),
        "roll up" => store.RollUpAsync(Batches.Noon, CancellationToken.None).AsTask(),
        "prune" => store.PruneAsync(new RetentionOptions(), Batches.Noon, CancellationToken.None).AsTask(),
        _ => store.OpenAsync(CancellationToken.None).AsTask(),
    };

    private NpgsqlConnection Lock(string table)
    {
        var connection = Database.Open();
        using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table}", connection);
        command.ExecuteNonQuery();
        return connection;
    }
}

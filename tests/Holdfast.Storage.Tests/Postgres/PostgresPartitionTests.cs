using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

public class PostgresPartitionTests(PostgresServers servers) : PostgresFixture(servers)
{
    [Fact]
    public async Task Opening_makes_the_partitions_of_the_next_days()
    {
        await OpenAsync();

        Days("monitoring_events").ShouldBe(["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]);
        Days("samples").ShouldBe(Days("monitoring_events"));
    }

    [Fact]
    public async Task A_new_day_makes_the_next_partition_in_the_course_of_maintenance()
    {
        var store = await OpenAsync();
        Time.Advance(TimeSpan.FromDays(1));

        await store.RollUpAsync(Time.GetUtcNow(), CancellationToken.None);

        Days("samples")[^1].ShouldBe("2026-11-26");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(900)]
    public async Task A_partition_that_is_missing_is_made_and_nothing_is_dead_lettered(int rows)
    {
        var store = await OpenAsync();
        var longAgo = Batches.Noon.AddDays(-100);

        var result = await Write(store, Batches.OfEvents(1, 1, longAgo, Events(rows)));

        (result.EventsStored, result.DeadLettered).ShouldBe((rows, 0));
        Days("monitoring_events")[0].ShouldBe("2026-08-14");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(900)]
    public async Task A_partition_that_cannot_be_made_is_the_schemas_fault_and_not_the_rows(int rows)
    {
        var store = await OpenAsync();
        Database.Execute(
            "CREATE OR REPLACE FUNCTION holdfast.ensure_partition(p_table text, p_day date) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT true'");

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Batches.Noon.AddDays(-100), Events(rows))));

        fault.Code.ShouldBe("schema");
        (CountEvents(), CountDeadLetters()).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_partition_that_is_being_detached_takes_no_rows_and_costs_none()
    {
        var store = await OpenAsync(StoreApproach.Direct);

        DetachHalfWay("monitoring_events_20261122");
        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Events(3))));

        fault.Code.ShouldBe("schema");
        CountDeadLetters().ShouldBe(0);
        Days("monitoring_events").ShouldNotContain("2026-11-22");
    }

    [Theory]
    [InlineData(61, true)]
    [InlineData(59, false)]
    public async Task A_node_whose_clock_is_ahead_of_the_databases_deletes_nothing(int minutes, bool ahead)
    {
        var store = await OpenAsync();
        var before = Days("samples").Count;
        var now = Batches.Noon.AddDays(40);
        Database.Execute($"UPDATE holdfast.clock_shift SET shift = timestamptz '{now:O}' - interval '{minutes} minutes' - now()");

        await store.PruneAsync(new RetentionOptions(), now, CancellationToken.None);

        (Days("samples").Count == before).ShouldBe(ahead);
    }

    [Fact]
    public async Task While_another_node_drops_a_partition_retention_waits_for_its_next_round()
    {
        var store = await OpenAsync();
        var later = Batches.Noon.AddDays(40);
        var before = Days("samples").Count;
        using (var other = Database.Open())
        {
            using var taken = new NpgsqlCommand("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('holdfast.drop_partition', 0))", other);
            taken.ExecuteNonQuery();
            (await store.PruneAsync(new RetentionOptions(), later, CancellationToken.None)).More.ShouldBeFalse();
            Days("samples").Count.ShouldBe(before);
        }

        await store.PruneAsync(new RetentionOptions(), later, CancellationToken.None);
        Days("samples").Count.ShouldBe(before - 1);
    }

    [Fact]
    public async Task Batches_of_several_days_go_into_one_write()
    {
        var store = await OpenAsync();

        var result = await Write(
            store, [.. Enumerable.Range(0, 10).Select(i => Batches.OfEvents(i + 1, (i * 300) + 1, Batches.Noon.AddDays(-i), Events(300)))]);

        result.EventsStored.ShouldBe(3_000);
        Database.Scalar<long>("SELECT count(DISTINCT tableoid) FROM monitoring.monitoring_events").ShouldBe(10);
    }

    [Fact]
    public async Task Samples_find_their_partition_by_when_they_were_received_whatever_their_own_time()
    {
        var store = await OpenAsync();
        var series = Batches.Series();
        var before = Days("samples").Count;

        var result = await Write(store, Batches.OfSamples(1, [.. Enumerable.Range(0, 500).Select(i => Batches.Sample(series, i * 86_400.0, i))]));

        result.SamplesStored.ShouldBe(500);
        Days("samples").Count.ShouldBe(before);
    }

    [Fact]
    public async Task A_day_that_is_in_use_is_not_waited_for_and_goes_in_the_next_round()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(10)));
        Time.Advance(TimeSpan.FromDays(40));
        using var reader = Database.Open();
        using var transaction = reader.BeginTransaction();
        using (var command = new NpgsqlCommand("SELECT count(*) FROM monitoring.monitoring_events", reader))
        {
            command.ExecuteScalar();
        }

        var inUse = await store.PruneAsync(new RetentionOptions(), Time.GetUtcNow(), CancellationToken.None);
        transaction.Rollback();
        var rows = 0L;
        for (var more = true; more;)
        {
            var round = await store.PruneAsync(new RetentionOptions(), Time.GetUtcNow(), CancellationToken.None);
            (rows, more) = (rows + round.RowsDeleted, round.More);
        }

        inUse.RowsDeleted.ShouldBe(0);
        rows.ShouldBe(10);
        CountEvents().ShouldBe(0);
    }

    [Fact]
    public async Task Dropping_a_day_under_load_loses_nothing_else()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Batches.Noon.AddDays(-60), Events(100)));
        var writing = Task.Run(async () =>
        {
            for (var batch = 2; batch <= 20; batch++)
            {
                await Write(store, Batches.OfEvents(batch, ((batch - 1) * 600) + 1, Events(600)));
            }
        });

        for (var more = true; more;)
        {
            more = (await store.PruneAsync(new RetentionOptions(), Time.GetUtcNow(), CancellationToken.None)).More;
        }

        await writing;
        CountEvents().ShouldBe(19 * 600);
    }

    private List<string> Days(string table) =>
        [.. Database.Rows($"SELECT day::text FROM holdfast.partitions WHERE table_name = '{table}' ORDER BY day", row => row.GetString(0))];

    /// <summary>What DETACH ... CONCURRENTLY leaves when it is cancelled while it waits for those who use the table.</summary>
    private void DetachHalfWay(string partition)
    {
        using var user = Database.Open();
        using var use = new NpgsqlCommand("BEGIN; SELECT FROM monitoring.monitoring_events", user);
        use.ExecuteNonQuery();
        using var impatient = new NpgsqlConnection(Database.ConnectionString + ";Pooling=false;Options=-c statement_timeout=1000");
        impatient.Open();
        using var detach = new NpgsqlCommand($"ALTER TABLE monitoring.monitoring_events DETACH PARTITION monitoring.{partition} CONCURRENTLY", impatient);
        Should.Throw<PostgresException>(() => detach.ExecuteNonQuery()).SqlState.ShouldBe("57014");
    }
}

using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What two nodes do at the same time, between two statements of one of them. A lock of the test's holds one there.</summary>
public sealed class PostgresStoreRaceTests(PostgresServers servers) : PostgresFixture(servers)
{
    [Fact(Timeout = 60_000)]
    public async Task Samples_that_come_late_while_their_day_is_to_be_dropped_are_rolled_up_first()
    {
        var store = await OpenAsync();
        var series = Batches.Series();
        await Write(store, Batches.OfSamples(1, Batches.Sample(series, 0, 1)));
        await RollUpAsync(store);
        Database.Execute("ALTER FUNCTION holdfast.drop_partition(text, text) SET lock_timeout = '60s'");
        using var writer = Database.Open();
        using var transaction = writer.BeginTransaction();
        PostgresTestDatabase.Run(
            writer,
            """
            INSERT INTO monitoring.samples_insert (series_id, "timestamp", value, received_on)
            SELECT series_id, "timestamp" + interval '1 second', 2, received_on FROM monitoring.samples
            """);

        var dropping = Task.Run(Drop);
        await Database.UntilLockedAsync("relation = 'monitoring.samples'::regclass", dropping);
        await transaction.CommitAsync();

        (await Should.ThrowAsync<PostgresException>(dropping)).SqlState.ShouldBe("55P03");
        Database.Scalar<long>("SELECT count(*) FROM monitoring.samples").ShouldBe(2);
        await RollUpAsync(store);
        Drop().ShouldBe(2);
        Database.Scalar<long>("SELECT count FROM monitoring.rollup_1min").ShouldBe(2);
    }

    [Fact(Timeout = 60_000)]
    public async Task Minutes_stay_while_an_hour_is_to_be_made_of_some_of_them()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfSamples(1, Batches.Sample(Batches.Series(), 0, 1)));
        await RollUpAsync(store);
        var later = Batches.Noon.AddDays(90);
        Database.Execute($"UPDATE holdfast.clock_shift SET shift = timestamptz '{later:O}' - now()");
        using var marker = Database.Open();
        using var transaction = marker.BeginTransaction();
        PostgresTestDatabase.Run(marker, "UPDATE holdfast.store SET samples_from = samples_from");

        var pruning = store.PruneAsync(new RetentionOptions(), later, CancellationToken.None).AsTask();
        await Database.UntilLockedAsync("locktype = 'transactionid'", pruning);
        PostgresTestDatabase.Run(marker, "INSERT INTO holdfast.rollup_marks (width_seconds, start_at, series_id) SELECT 3600, date_trunc('hour', start_at), series_id FROM monitoring.rollup_1min");
        await transaction.CommitAsync();
        await pruning;

        Database.Scalar<long>("SELECT count(*) FROM monitoring.rollup_1min").ShouldBe(1);
        await RollUpAsync(store, later);
        await store.PruneAsync(new RetentionOptions(), later, CancellationToken.None);
        Database.Scalar<long>("SELECT count(*) FROM monitoring.rollup_1min").ShouldBe(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_held_is_seen_as_of_one_moment()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(1)));
        await Write(store, Batches.OfEvents(3, 3, Events(1)));
        using var writer = Database.Open();
        using var transaction = writer.BeginTransaction();
        PostgresTestDatabase.Run(writer, "LOCK TABLE holdfast.batch_ledger IN ACCESS EXCLUSIVE MODE");

        var held = store.ReadHeldAsync(SpoolId, CancellationToken.None).AsTask();
        await Database.UntilLockedAsync("relation = 'holdfast.batch_ledger'::regclass", held);
        PostgresTestDatabase.Run(writer, "UPDATE holdfast.spool_totals SET contiguous_mark = 3; DELETE FROM holdfast.batch_ledger");
        await transaction.CommitAsync();

        (await held).Above.ShouldBe([new BatchRange(3, 3)]);
    }

    [Fact]
    public async Task Of_two_nodes_that_trim_dead_letters_one_waits_for_its_next_round()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Events(3, "[]", 0, 1, 2)));
        Database.Execute("UPDATE monitoring.dead_letter_queue SET status = 'failed', next_retry_at = NULL");
        var limits = new DeadLetterLimits { LettersMax = 1, BytesMax = 1 << 30 };
        using (var other = Database.Open())
        {
            PostgresTestDatabase.Run(other, "SELECT pg_advisory_lock(hashtextextended('holdfast.trim_dead_letters', 0))");

            (await store.DeadLetters.TrimAsync(limits, CancellationToken.None)).Letters.ShouldBe(0);
            PostgresTestDatabase.Run(other, "SELECT pg_advisory_unlock_all()");
        }

        (await store.DeadLetters.TrimAsync(limits, CancellationToken.None)).Letters.ShouldBe(2);
    }

    private long Drop()
    {
        var day = Database.Scalar<string>("SELECT partition_name FROM holdfast.partitions WHERE partition_oid = (SELECT tableoid FROM monitoring.samples LIMIT 1)");
        return Database.Scalar<long>($"SELECT holdfast.drop_partition('samples', '{day}')");
    }

    private static async Task RollUpAsync(PostgresTelemetryStore store, DateTimeOffset? now = null)
    {
        while (await store.RollUpAsync(now ?? Batches.Noon.AddDays(1), CancellationToken.None))
        {
        }
    }
}

using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>The database is exchanged under the running server: by a standby that was behind, a backup, or another database altogether.</summary>
public class PostgresMovedTests(PostgresServers servers) : PostgresFixture(servers)
{
    private const string GoBackToFirstBatch =
        """
        UPDATE holdfast.spool_totals SET contiguous_mark = 1, events_stored = 1;
        DELETE FROM monitoring.monitoring_events WHERE sequence_id > 1;
        DELETE FROM monitoring.series;
        """;

    [Theory]
    [InlineData(GoBackToFirstBatch)]
    [InlineData("DELETE FROM holdfast.batch_ledger; UPDATE holdfast.spool_totals SET events_stored = events_stored - 1")]
    [InlineData("DELETE FROM holdfast.spool_totals")]
    [InlineData("UPDATE holdfast.store SET store_id = gen_random_uuid()")]
    [InlineData("DROP SCHEMA holdfast, monitoring CASCADE")]
    public async Task A_database_that_is_not_as_it_was_left_is_opened_again_before_anything_is_written_to_it(string exchange)
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));
        await Write(store, Batches.OfEvents(2, 2, Batches.Event()), Batches.OfEvents(4, 4, Batches.Event()));
        Database.Execute(exchange);

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(5, 5, Batches.Event())));
        var again = await Unavailable(async () => await Write(store, Batches.OfEvents(5, 5, Batches.Event())));
        await store.OpenAsync(CancellationToken.None);
        var written = await Write(store, Batches.OfEvents(5, 5, Batches.Event()));

        (fault.Code, again.Code).ShouldBe((StoreUnavailableException.Moved, StoreUnavailableException.Moved));
        written.EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task Series_that_went_with_it_are_entered_again()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));
        await Write(store, Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)));
        Database.Execute(GoBackToFirstBatch);

        await Unavailable(async () => await Write(store, Batches.OfSamples(3, Batches.Sample(Batches.Series(), 1, 1))));
        await store.OpenAsync(CancellationToken.None);
        await Write(store, Batches.OfSamples(3, Batches.Sample(Batches.Series(), 1, 1)));

        Database.Scalar<long>("SELECT count(*) FROM monitoring.series").ShouldBe(1);
    }

    [Fact]
    public async Task A_series_of_a_write_that_was_taken_back_is_not_taken_for_stored()
    {
        var store = await OpenAsync();
        var taken = new StoreWrite(
            SpoolId, [Batches.OfEvents(1, 1, Batches.Event(data: "[]")), Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1))],
            (_, _) => throw new SpoolFullException("Nothing more can be parked.", TimeSpan.FromSeconds(1)));

        await Should.ThrowAsync<SpoolFullException>(async () => await store.WriteAsync(taken, CancellationToken.None));
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));
        await Write(store, Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)));

        Database.Scalar<long>("SELECT count(*) FROM monitoring.samples JOIN monitoring.series USING (series_id)").ShouldBe(1);
    }
}

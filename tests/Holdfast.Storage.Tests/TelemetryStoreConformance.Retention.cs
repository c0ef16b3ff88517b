using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    /// <summary>The most rows that one call may delete of one kind, so that the writer never waits long.</summary>
    private protected virtual int RowsPerPrune => int.MaxValue;

    /// <summary>How far past its keep time an event may be before it goes.</summary>
    private protected virtual TimeSpan RetentionGrain => TimeSpan.Zero;

    [Fact]
    public async Task Events_past_their_keep_time_go_and_the_others_stay()
    {
        var (old, kept) = (Noon.AddDays(-30).AddSeconds(-1) - RetentionGrain, Noon.AddDays(-30).AddSeconds(1));
        await Write(Batches.OfEvents(1, 1, old, Batches.Event("old", at: old)), Batches.OfEvents(2, 2, kept, Batches.Event("kept", at: kept)));

        var deleted = await PruneAll(new RetentionOptions());

        deleted.ShouldBe(1);
        (await Events()).Select(e => e.EventType).ShouldBe(["kept"]);
        (await Totals()).Events.Stored.ShouldBe(2, "what was stored stays counted as stored");
        (await Store.ReadCoverageAsync(SpoolId, 0, 2, CancellationToken.None)).Oldest.ShouldBe(2);
    }

    [Fact]
    public async Task An_old_event_that_came_just_now_is_kept_as_long_as_its_id_must_be_known()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, Noon, Batches.Event(id: id, at: Noon.AddDays(-40))));

        await PruneAll(new RetentionOptions());
        var again = await Write(Batches.OfEvents(2, 2, Noon.AddHours(1), Batches.Event(id: id, at: Noon)));

        again.Duplicates.ShouldBe(1);
    }

    [Fact]
    public async Task One_call_deletes_a_bounded_number_of_rows_and_says_that_there_is_more()
    {
        var rows = Enumerable.Range(0, 4_500).Select(i => Batches.Event(at: Noon.AddDays(-60).AddSeconds(i))).ToList();
        await Write(Batches.OfEvents(1, 1, Noon.AddDays(-60), rows));

        var first = await Account.PruneAsync(Store, new RetentionOptions(), Noon);
        var rest = await PruneAll(new RetentionOptions());

        first.RowsDeleted.ShouldBeLessThanOrEqualTo(RowsPerPrune);
        first.More.ShouldBe(first.RowsDeleted < 4_500);
        (first.RowsDeleted + rest).ShouldBe(4_500);
        (await Events()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Charts_outlive_the_raw_samples()
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddDays(8));
        var before = await Points(Ask(3 * 3_600, 60));

        Time.Advance(TimeSpan.FromDays(8));
        await PruneAll(new RetentionOptions());

        ShouldAgree(await Points(Ask(3 * 3_600, 60)), before);
    }

    [Fact]
    public async Task Charts_by_the_hour_outlive_the_minutes()
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddDays(40));
        var before = await Points(Ask(3 * 3_600, 3_600));

        Time.Advance(TimeSpan.FromDays(40));
        await PruneAll(new RetentionOptions());

        ShouldAgree(await Points(Ask(3 * 3_600, 3_600)), before);
    }

    [Fact]
    public async Task A_late_sample_for_a_time_whose_samples_are_gone_does_not_spoil_the_chart()
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddDays(8));
        Time.Advance(TimeSpan.FromDays(8));
        await PruneAll(new RetentionOptions());

        await Write(Batches.OfSamples(2, Batches.Sample(Batches.Series(), 601, 3)));
        await RollUpAll(Noon.AddDays(8));

        var counts = await Points(Ask(3_600, 3_600) with { Aggregation = Aggregation.Max });
        counts.ShouldHaveSingleItem().Value.ShouldBe(99 * 1.25);
    }

    [Fact]
    public async Task Series_past_every_keep_time_are_gone()
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddDays(400));
        Time.Advance(TimeSpan.FromDays(400));

        await PruneAll(new RetentionOptions());

        (await Store.QuerySeriesAsync(Ask(3 * 3_600, 3_600), CancellationToken.None)).ShouldBeEmpty();
        var again = await Write(Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)));
        again.SamplesStored.ShouldBe(1, "a series that was dropped can come back");
    }

    private async Task<long> PruneAll(RetentionOptions retention)
    {
        long deleted = 0;
        for (var calls = 0; ; calls++)
        {
            calls.ShouldBeLessThan(1_000, "pruning must come to its end");
            var result = await Account.PruneAsync(Store, retention, Time.GetUtcNow());
            deleted += result.RowsDeleted;
            if (!result.More)
            {
                return deleted;
            }
        }
    }
}

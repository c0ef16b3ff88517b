using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task A_spool_that_never_wrote_has_nothing()
    {
        var held = await Store.ReadHeldAsync(Guid.NewGuid(), CancellationToken.None);
        var totals = await Store.ReadTotalsAsync(Guid.NewGuid(), CancellationToken.None);

        (held.ContiguousMark, held.Above.Count, held.HighestSequence).ShouldBe((0, 0, 0));
        totals.ShouldBe(new StoreTotals(default, default));
    }

    [Fact]
    public async Task Batches_out_of_order_are_remembered_one_by_one_until_the_hole_is_filled()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event()));
        await Write(Batches.OfEvents(4, 4, Batches.Event()), Batches.OfEvents(3, 3, Batches.Event()));
        var before = await Held();

        await Write(Batches.OfEvents(2, 2, Batches.Event()));

        (before.ContiguousMark, before.HighestBatchSeq).ShouldBe((1, 4));
        before.Above.ShouldBe([new BatchRange(3, 4)]);
        before.Holds(2).ShouldBeFalse();
        var after = await Held();
        (after.ContiguousMark, after.Above.Count, after.HighestSequence).ShouldBe((4, 0, 4));
    }

    [Fact]
    public async Task The_highest_sequence_counts_rows_that_were_not_stored_too()
    {
        var id = Guid.NewGuid();

        await Write(Batches.OfEvents(1, 101, Batches.Event(id: id), Batches.Event(id: id), Batches.Event(data: "[]")));

        (await Held()).HighestSequence.ShouldBe(103);
    }

    [Fact]
    public async Task A_lost_range_lets_the_contiguous_mark_pass()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event()));
        await Write(Batches.OfEvents(5, 31, Batches.Event()));

        await Lose(Range(2, 4, firstSequence: 2, lastSequence: 30, events: 29, samples: 7));

        var held = await Held();
        (held.ContiguousMark, held.Above.Count).ShouldBe((5, 0));
        var totals = await Totals();
        (totals.Events.Lost, totals.Samples.Lost).ShouldBe((29, 7));
    }

    [Fact]
    public async Task A_lost_range_ahead_of_the_mark_waits_for_the_batches_before_it()
    {
        await Lose(Range(3, 4, firstSequence: 3, lastSequence: 4, events: 2));
        var before = await Held();

        await Write(Batches.OfEvents(1, 1, Batches.Event()), Batches.OfEvents(2, 2, Batches.Event()));

        (before.ContiguousMark, before.HighestSequence).ShouldBe((0, 4));
        before.Above.ShouldBe([new BatchRange(3, 4)]);
        (await Held()).ContiguousMark.ShouldBe(4);
    }

    [Fact]
    public async Task A_range_reported_twice_is_lost_once()
    {
        var range = Range(1, 2, firstSequence: 1, lastSequence: 10, events: 10, samples: 5);
        await Lose(range);

        await Lose(range);

        var totals = await Totals();
        (totals.Events.Lost, totals.Samples.Lost).ShouldBe((10, 5));
    }

    [Fact]
    public async Task What_the_store_holds_of_a_range_is_not_lost()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(), Batches.Event()));
        await Write(Batches.OfEvents(3, 4, Batches.Event(), Batches.Event()));

        await Lose(Range(1, 4, firstSequence: 1, lastSequence: 8, events: 8));

        (await Totals()).Events.Lost.ShouldBe(4, "of the numbers 1 to 8 the store has 1, 2, 4 and 5");
        (await Held()).ContiguousMark.ShouldBe(4);
    }

    [Fact]
    public async Task Samples_that_the_store_holds_of_a_range_are_not_lost_wherever_the_mark_stands()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1)));
        await Write(Batches.OfSamples(2, Batches.Sample(series, 1, 2), Batches.Sample(series, 2, double.NaN)));
        await Write(Batches.OfSamples(4, Batches.Sample(series, 3, 4), Batches.Sample(series, 4, 5)));

        await Lose(Range(2, 5, firstSequence: null, lastSequence: null, events: 0, samples: 10));

        (await Totals()).Samples.ShouldBe(new StoreCounts(Stored: 4, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 6));
        (await Held()).ContiguousMark.ShouldBe(5);
    }

    [Fact]
    public async Task A_recovered_sample_of_a_range_is_held_once()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1), Batches.Sample(series, 1, double.NaN)));
        var letter = await OnlyLetter();
        var sample = Batches.Sample(series, 1, 2);
        var bytes = SampleCodec.Encode([sample]);
        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, bytes, SampleCodec.Version, DeadLetterPayload.Of(sample, bytes)), CancellationToken.None);
        await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None);

        await Lose(Range(1, 2, firstSequence: null, lastSequence: null, events: 0, samples: 5));

        (await Totals()).Samples.ShouldBe(new StoreCounts(Stored: 2, DeadLettered: 0, Duplicates: 0, Discarded: 0, Lost: 3));
    }

    [Fact]
    public async Task Samples_of_another_spool_do_not_make_a_loss_smaller()
    {
        await Write(Batches.OfSamples(1, Batches.Sample(Batches.Series(), 0, 1)));
        await Write(Guid.NewGuid(), Batches.OfSamples(1, Batches.Sample(Batches.Series(), 1, 1)));

        await Lose(Range(1, 2, firstSequence: null, lastSequence: null, events: 0, samples: 3));

        (await Totals()).Samples.Lost.ShouldBe(2);
    }

    [Fact]
    public async Task A_range_that_is_stored_altogether_costs_nothing()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event()), Batches.OfEvents(2, 2, Batches.Event()));

        await Lose(Range(1, 2, firstSequence: 1, lastSequence: 2, events: 2));

        (await Totals()).Events.Lost.ShouldBe(0);
    }

    [Fact]
    public async Task A_range_without_sequence_numbers_is_counted_as_the_spool_counted_it()
    {
        await Lose(Range(1, 3, firstSequence: null, lastSequence: null, events: 12));

        (await Totals()).Events.Lost.ShouldBe(12);
    }

    [Fact]
    public async Task The_totals_account_for_every_row_that_was_handed_in()
    {
        var id = Guid.NewGuid();
        var first = Batches.OfEvents(1, 1, Batches.Event(id: id), Batches.Event(), Batches.Event(data: "[]"));
        var second = Batches.OfEvents(2, 4, Batches.Event(id: id), Batches.Event("")) with { Count = 4 };
        var third = Batches.OfSamples(3, Batches.Sample(Batches.Series(), 0, 1), Batches.Sample(Batches.Series(), 1, double.NaN));

        await Write(first, second, third);
        await Write(third, second);

        var totals = await Totals();
        totals.Events.ShouldBe(new StoreCounts(Stored: 2, DeadLettered: 4, Duplicates: 1, Discarded: 0, Lost: 0));
        totals.Samples.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    private async Task Lose(params LostRange[] ranges) => await Account.LoseAsync(Store, SpoolId, ranges);

    private static LostRange Range(long first, long last, long? firstSequence, long? lastSequence, long events, long samples = 0) =>
        new(first, last, firstSequence, lastSequence, events, samples, "test", Batches.Noon);
}

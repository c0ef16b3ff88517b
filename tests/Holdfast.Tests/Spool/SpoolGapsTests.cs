using FsCheck;
using FsCheck.Fluent;
using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class SpoolGapsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_file_that_ends_before_the_mark_lost_what_lies_between()
    {
        var file = Written(3);
        var mark = MarkOf(Written(10));

        var range = SpoolGaps.Behind(file, mark, "behind_mark", Now).ShouldHaveSingleItem();

        range.ShouldBe(new LostRange(4, 10, 31, 100, 70, 0, "behind_mark", Now));
    }

    [Fact]
    public void What_had_left_before_the_mark_was_written_is_no_loss()
    {
        var file = Written(3);
        var drained = MarkOf(Written(10) with { Oldest = null, Waiting = default });
        var half = MarkOf(Written(10) with { Oldest = new SpoolEdge(8, 70, Now), Waiting = new RowCounts(30, 0, 0) });

        SpoolGaps.Behind(file, drained, "behind_mark", Now).ShouldBeEmpty();
        SpoolGaps.Behind(file, half, "behind_mark", Now).ShouldHaveSingleItem()
            .ShouldBe(new LostRange(8, 10, 71, 100, 30, 0, "behind_mark", Now));
    }

    [Fact]
    public void Nothing_found_is_everything_that_waited()
    {
        var mark = MarkOf(Written(10) with { Oldest = new SpoolEdge(3, 20, Now), Waiting = new RowCounts(80, 5, 0) });

        var range = SpoolGaps.Among([], mark, 10, 100, "missing", Now).ShouldHaveSingleItem();

        range.ShouldBe(new LostRange(3, 10, 21, 100, 80, 5, "missing", Now));
    }

    [Fact]
    public void Without_a_mark_only_holes_between_and_behind_are_seen()
    {
        FoundBatch[] found = [new(5, 40, SpoolKind.Event, 10), new(8, 70, SpoolKind.Event, 10)];

        var ranges = SpoolGaps.Among(found, mark: null, 9, 90, "corrupt", Now);

        ranges.ShouldBe([new(6, 7, 51, 70, 20, 0, "corrupt", Now), new(9, 9, 81, 90, 10, 0, "corrupt", Now)]);
    }

    [Fact]
    public void A_hole_left_by_a_batch_that_was_stored_costs_no_rows()
    {
        // Batches 1 to 4 of ten events; 2 left before the mark was written, and 3 is damaged.
        var mark = MarkOf(Written(4) with { Waiting = new RowCounts(30, 0, 0) });
        FoundBatch[] found = [new(1, 0, SpoolKind.Event, 10), new(4, 30, SpoolKind.Event, 10)];

        var range = SpoolGaps.Among(found, mark, 4, 40, "corrupt", Now).ShouldHaveSingleItem();

        (range.FirstBatchSeq, range.LastBatchSeq, range.Events).ShouldBe((2, 3, 10));
    }

    [Fact]
    public void Every_number_is_found_or_lost_once_and_the_rows_add_up() =>
        Prop.ForAll<NonEmptyArray<int>, int>((shape, damage) =>
        {
            // Arrange: a spool whose shape and damage are any.
            var counters = default(SpoolCounters);
            var all = new List<FoundBatch>();
            foreach (var part in shape.Get)
            {
                var kind = part % 3 == 0 ? SpoolKind.Sample : SpoolKind.Event;
                var count = (Math.Abs(part % 50)) + 1;
                all.Add(new FoundBatch(counters.LastBatchSeq + 1, counters.LastSequence, kind, count));
                counters = counters.WithAppended(kind, count, 1, Now);
            }

            var random = new Random(damage);
            var found = all.Where(_ => random.Next(3) > 0).ToArray();

            // Act
            var ranges = SpoolGaps.Among(found, MarkOf(counters), counters.LastBatchSeq, counters.LastSequence, "corrupt", Now);

            // Assert
            var lost = ranges.SelectMany(r => Enumerable.Range((int)r.FirstBatchSeq, (int)(r.LastBatchSeq - r.FirstBatchSeq + 1)));
            found.Select(f => (int)f.BatchSeq).Concat(lost).Order().ShouldBe(Enumerable.Range(1, all.Count));
            Sum(found, SpoolKind.Event).ShouldBe(counters.Received.Events - ranges.Sum(r => r.Events));
            Sum(found, SpoolKind.Sample).ShouldBe(counters.Received.Samples - ranges.Sum(r => r.Samples));
        }).QuickCheckThrowOnFailure();

    private static long Sum(IEnumerable<FoundBatch> batches, SpoolKind kind) => batches.Where(b => b.Kind == kind).Sum(b => (long)b.Count);

    /// <summary>A spool after so many batches of ten events, all of which wait.</summary>
    private static SpoolCounters Written(int batches)
    {
        var counters = default(SpoolCounters);
        for (var i = 0; i < batches; i++)
        {
            counters = counters.WithAppended(SpoolKind.Event, 10, 1, Now);
        }

        return counters;
    }

    private static SpoolMark MarkOf(SpoolCounters counters) => SpoolMark.Of(Guid.NewGuid(), counters);
}

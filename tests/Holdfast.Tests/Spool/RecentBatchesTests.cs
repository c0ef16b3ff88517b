using FsCheck;
using FsCheck.Fluent;
using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class RecentBatchesTests
{
    [Fact]
    public void It_holds_the_newest_within_its_bytes_and_knows_where_they_begin()
    {
        var recent = new RecentBatches(bytesMax: 3_000, lastBatchSeq: 10);

        for (var seq = 11; seq <= 20; seq++)
        {
            recent.Add(Batch(seq, bytes: 840));
        }

        recent.Floor.ShouldBe(17);
        recent.SizeBytes.ShouldBeLessThanOrEqualTo(3_000);
        Read(recent, 17).ShouldBe([18, 19, 20]);
        recent.TryRead(16, new BatchSelection(new SpoolRead())).ShouldBeFalse();
    }

    [Fact]
    public void A_batch_larger_than_the_budget_is_on_disk_only()
    {
        var recent = new RecentBatches(bytesMax: 1_000, lastBatchSeq: 0);

        recent.Add(Batch(1, bytes: 5_000));

        (recent.Floor, recent.SizeBytes).ShouldBe((1, 0));
    }

    [Fact]
    public void After_a_jump_of_the_numbers_it_begins_anew()
    {
        var recent = new RecentBatches(bytesMax: 100_000, lastBatchSeq: 0);
        recent.Add(Batch(1));

        recent.Add(Batch(100));

        recent.Floor.ShouldBe(99);
        Read(recent, 99).ShouldBe([100]);
    }

    [Fact]
    public void It_is_a_suffix_of_what_waits_whatever_comes_and_goes() =>
        Prop.ForAll<int[]>(steps =>
        {
            var recent = new RecentBatches(bytesMax: 20_000, lastBatchSeq: 0);
            var waiting = new SortedSet<long>();
            var last = 0L;
            foreach (var step in steps)
            {
                if (step % 3 == 0 && waiting.Count > 0)
                {
                    var leaving = waiting.ElementAt(Math.Abs(step / 3 % waiting.Count));
                    waiting.Remove(leaving);
                    recent.Remove(leaving);
                }
                else
                {
                    recent.Add(Batch(++last, Math.Abs(step % 2_000)));
                    waiting.Add(last);
                }
            }

            Read(recent, recent.Floor).ShouldBe(waiting.Where(seq => seq > recent.Floor));
            recent.SizeBytes.ShouldBeLessThanOrEqualTo(20_000);
        }).QuickCheckThrowOnFailure();

    private static NumberedBatch Batch(long seq, int bytes = 10) =>
        new(new SpooledBatch(seq, SpoolKind.Event, 1, 1, seq, DateTimeOffset.UnixEpoch, new byte[bytes]), seq - 1);

    private static IEnumerable<long> Read(RecentBatches recent, long after)
    {
        var selection = new BatchSelection(new SpoolRead { RowsMax = int.MaxValue });
        recent.TryRead(after, selection).ShouldBeTrue();
        return selection.Batches.Select(b => b.BatchSeq);
    }
}

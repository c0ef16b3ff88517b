using FsCheck;
using FsCheck.Fluent;
using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class SpoolMarkTests
{
    private static readonly SpoolMark Mark = new(
        Guid.Parse("0123abcd-0000-7000-8000-0000000000ff"), 10, 200, new RowCounts(200, 30, 1), 4, 60, new RowCounts(140, 10, 0));

    [Fact]
    public void What_was_written_is_read() =>
        Prop.ForAll<Guid, long[], ulong>((id, numbers, generation) =>
        {
            var n = Enumerable.Range(0, 10).Select(i => numbers.Length > i ? numbers[i] : i).ToArray();
            var mark = new SpoolMark(id, n[0], n[1], new(n[2], n[3], n[4]), n[5], n[6], new(n[7], n[8], n[9]));
            var bytes = new byte[SpoolMarkCodec.SizeBytes];

            SpoolMarkCodec.Write(bytes, generation, mark);

            return SpoolMarkCodec.Read(bytes) == (generation, mark);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_flipped_bit_anywhere_is_noticed()
    {
        var bytes = new byte[SpoolMarkCodec.SizeBytes];
        SpoolMarkCodec.Write(bytes, 7, Mark);

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var copy = bytes.ToArray();
            copy[bit / 8] ^= (byte)(1 << (bit % 8));

            SpoolMarkCodec.Read(copy).ShouldBeNull();
        }
    }

    [Fact]
    public void A_mark_that_is_cut_off_is_no_mark()
    {
        var bytes = new byte[SpoolMarkCodec.SizeBytes];
        SpoolMarkCodec.Write(bytes, 7, Mark);

        for (var length = 0; length < bytes.Length; length++)
        {
            SpoolMarkCodec.Read(bytes.AsSpan(0, length)).ShouldBeNull();
        }
    }

    [Fact]
    public void A_drained_spool_has_its_oldest_batch_still_to_come()
    {
        var counters = default(SpoolCounters).WithAppended(SpoolKind.Event, 5, 100, DateTimeOffset.UnixEpoch) with { Oldest = null };

        var mark = SpoolMark.Of(Mark.SpoolId, counters);

        (mark.OldestWaiting, mark.SequenceBeforeOldest).ShouldBe((2, 5));
    }
}

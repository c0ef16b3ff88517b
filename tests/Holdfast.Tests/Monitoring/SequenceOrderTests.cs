using Holdfast.Monitoring;

namespace Holdfast.Tests.Monitoring;

public sealed class SequenceOrderTests
{
    [Fact]
    public void Batches_in_order_pass_at_once()
    {
        var order = new SequenceOrder(1);

        var first = order.Add(Batch(1, 3));
        var second = order.Add(Batch(4, 1));

        first.ShouldHaveSingleItem().FirstSequence.ShouldBe(1);
        second.ShouldHaveSingleItem().FirstSequence.ShouldBe(4);
        order.Next.ShouldBe(5);
        order.Missing.ShouldBeNull();
    }

    [Fact]
    public void A_batch_that_comes_early_waits_for_the_one_before_it()
    {
        var order = new SequenceOrder(1);

        var early = order.Add(Batch(4, 2));
        var missing = order.Missing;
        var both = order.Add(Batch(1, 3));

        early.ShouldBeEmpty();
        missing.ShouldBe((1L, 3L));
        both.Select(b => b.FirstSequence).ShouldBe([1L, 4L]);
        order.Next.ShouldBe(6);
    }

    [Fact]
    public void What_does_not_come_is_skipped_and_not_accepted_later()
    {
        var order = new SequenceOrder(1);
        order.Add(Batch(4, 2));

        var released = order.SkipTo(3);
        var late = order.Add(Batch(1, 3));

        released.ShouldHaveSingleItem().FirstSequence.ShouldBe(4);
        late.ShouldBeEmpty();
        order.Next.ShouldBe(6);
    }

    private static RecordedEvents Batch(long first, int count) => new(Guid.Empty, first, count, DateTimeOffset.UnixEpoch, new byte[count]);
}

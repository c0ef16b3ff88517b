using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Supabase;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Supabase;

public class PublishQueueTests
{
    private readonly PublishQueue _queue = new();

    [Fact]
    public void Events_wait_in_their_order()
    {
        _queue.Offer(Some.Told(1, 2));
        _queue.Offer(Some.Told(3, 1));

        var round = _queue.Take(1_000_000);

        round.Updates.SelectMany(update => update.Carried).Select(stored => stored.SequenceId).ShouldBe([1, 2, 3]);
        _queue.Take(1_000_000).Updates.ShouldBeEmpty();
    }

    [Fact]
    public void What_could_not_be_sent_waits_before_what_came_later()
    {
        _queue.Offer(Some.Told(1, 1));
        _queue.Offer(Some.Told(2, 1));
        var round = _queue.Take(1_000_000);
        _queue.Offer(Some.Told(3, 1));

        _queue.PutBack(round);

        _queue.Take(1_000_000).Updates.Select(update => update.Update.From).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void What_is_done_with_is_not_put_back_and_counts_no_more()
    {
        for (var i = 1; i <= 3; i++)
        {
            _queue.Offer(Some.Told(i, 1));
        }

        _queue.PutBack(_queue.Take(1_000_000), done: 2);

        _queue.Count.ShouldBe(1);
        _queue.Take(1_000_000).Updates.Select(update => update.Update.From).ShouldBe([3]);
    }

    [Fact]
    public void Values_that_were_not_sent_are_replaced_and_never_sent_late()
    {
        _queue.Offer(new TickUpdate([1], new Lazy<byte[]>([9])));
        _queue.Offer(new PulseUpdate([2], [3]));
        var first = _queue.Take(1_000_000);
        _queue.PutBack(first);
        var afterFailure = _queue.Take(1_000_000);
        _queue.Offer(new TickUpdate([4], new Lazy<byte[]>([9])));
        _queue.Offer(new TickUpdate([5], new Lazy<byte[]>([9])));

        first.Tick.ShouldBe([1]);
        (afterFailure.Tick, afterFailure.Pulse).ShouldBe((null, null));
        _queue.Take(1_000_000).Tick.ShouldBe([9], "one that missed a tick takes them all");
    }

    [Fact]
    public void Too_many_updates_give_up_the_oldest_and_tell_a_gap()
    {
        var givenUp = new List<PendingUpdate>();
        for (var i = 1; i <= PublishQueue.UpdatesMax + 3; i++)
        {
            givenUp.AddRange(_queue.Offer(Some.Told(i, 1)));
        }

        var round = _queue.Take(1);

        givenUp.Select(update => update.Update.From).ShouldBe([1, 2, 3]);
        var gap = round.Gaps.ShouldHaveSingleItem();
        (gap.From, gap.To).ShouldBe((1, 3));
        round.Updates[0].Update.From.ShouldBe(4);
        _queue.Count.ShouldBe(PublishQueue.UpdatesMax);
    }

    [Fact]
    public void Bytes_are_bounded_also_while_a_request_is_on_its_way()
    {
        var size = Some.Told(1, 1_000).Events.SizeBytes;
        var batches = (int)(PublishQueue.BytesMax / size) + 2;
        for (var i = 0; i < batches; i++)
        {
            _queue.Offer(Some.Told((i * 1_000) + 1, 1_000));
        }

        var inFlight = _queue.Take(size * 7 / 2);
        var givenUp = _queue.Offer(Some.Told(9_000_001, 1_000));

        inFlight.Updates.Count.ShouldBe(3);
        givenUp.ShouldNotBeEmpty();
        _queue.Release(inFlight.Updates);
        _queue.Offer(Some.Told(9_100_001, 1_000)).ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_share_is_carried()
    {
        _queue.Offer(Some.Told(1, 10) with { Shares = new RolloutShares(new CategoryPercents(100, 100, 100, 0, 100)) });
        _queue.Offer(Some.Told(11, 10) with { Shares = RolloutShares.Everything });

        _queue.Take(1_000_000).Updates.Select(update => update.Carried.Count).ShouldBe([0, 10]);
    }

    [Fact]
    public void Control_frames_are_bounded()
    {
        for (var i = 0; i < PublishQueue.ControlMax + 10; i++)
        {
            _queue.Offer(new ControlUpdate([(byte)i]));
        }

        var control = _queue.Take(1).Control;
        (control.Count, control[0][0]).ShouldBe((PublishQueue.ControlMax, (byte)10));
    }

    [Fact]
    public async Task Whoever_waits_is_woken_by_the_next_offer()
    {
        var waiting = _queue.WaitAsync(CancellationToken.None);
        var before = waiting.IsCompleted;

        _queue.Offer(Some.Told(1, 1));
        await waiting;

        before.ShouldBeFalse();
    }
}

using System.Text;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>What waits for a connection that reads slowly, or not at all.</summary>
public sealed class ConnectionQueueTests
{
    private readonly ConnectionQueue _queue = new(PhoenixSerializer.V2);

    [Fact]
    public async Task Control_goes_first_and_then_messages_in_order()
    {
        var channel = Channel();
        _queue.Message(channel, Message("m1"));
        _queue.Message(channel, Message("m2"));
        _queue.Control(Message("c1"));

        (await TakeAsync()).ShouldBe(["c1", "m1", "m2"]);
    }

    [Fact]
    public async Task Messages_drop_the_oldest_and_the_channel_is_told_how_many()
    {
        var channel = Channel();
        for (var i = 0; i < ConnectionQueue.MessagesMax + 5; i++)
        {
            _queue.Message(channel, Message($"m{i}"));
        }

        var first = await TakeAsync();

        first[0].ShouldContain("5 messages did not arrive");
        first[1].ShouldBe("m5");
        _queue.Dropped.ShouldBe(5);
    }

    [Fact]
    public async Task Messages_are_bounded_in_bytes_and_one_always_fits()
    {
        var channel = Channel();
        _queue.Message(channel, Message("large", ConnectionQueue.MessageBytesMax * 2));
        (await TakeAsync()).ShouldBe(["large"]);

        _queue.Message(channel, Message("first", ConnectionQueue.MessageBytesMax));
        _queue.Message(channel, Message("second", 1));

        (await TakeAsync()).Last().ShouldBe("second");
        _queue.Dropped.ShouldBe(1);
    }

    [Fact]
    public async Task Messages_of_a_channel_that_was_closed_do_not_go_out()
    {
        var (closed, open) = (Channel(), Channel());
        _queue.Message(closed, Message("secret"));
        _queue.Message(open, Message("fine"));

        closed.Close();

        (await TakeAsync()).ShouldBe(["fine"]);
    }

    [Fact]
    public void Control_that_does_not_fit_asks_for_the_connection_to_be_closed_and_takes_no_more()
    {
        for (var i = 0; i < ConnectionQueue.ControlMax; i++)
        {
            _queue.Control(Message("c"));
        }

        _queue.Overflowed.ShouldBeFalse();
        _queue.Control(Message("c"));

        _queue.Overflowed.ShouldBeTrue();
    }

    [Fact]
    public void Control_is_bounded_in_bytes()
    {
        _queue.Control(Message("a", ConnectionQueue.ControlBytesMax * 2));
        _queue.Overflowed.ShouldBeFalse();

        _queue.Control(Message("b", 1));

        _queue.Overflowed.ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_more_is_read_from_who_does_not_take_his_answers()
    {
        for (var i = 0; i < ConnectionQueue.ControlHigh; i++)
        {
            _queue.Control(Message("c"));
        }

        var room = _queue.RoomAsync(TestContext.Current.CancellationToken);
        room.IsCompleted.ShouldBeFalse();
        await TakeAsync();

        await room;
    }

    [Fact]
    public void Large_answers_stop_the_reading_as_many_do()
    {
        _queue.Control(Message("large", ConnectionQueue.ControlBytesHigh));

        var room = _queue.RoomAsync(TestContext.Current.CancellationToken);

        room.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task The_live_topic_waits_for_its_reader()
    {
        await _queue.LiveAsync(Message("1"), TestContext.Current.CancellationToken);
        await _queue.LiveAsync(Message("2"), TestContext.Current.CancellationToken);
        var third = _queue.LiveAsync(Message("3"), TestContext.Current.CancellationToken);
        third.IsCompleted.ShouldBeFalse();

        (await TakeAsync()).ShouldBe(["1", "2"]);
        await third;
        (await TakeAsync()).ShouldBe(["3"]);
    }

    [Fact]
    public async Task A_client_that_is_let_go_does_not_gather_the_live_topic_and_what_it_gets_has_no_hole()
    {
        _queue.Finish();
        for (var number = 0; number < 500; number++)
        {
            await _queue.LiveAsync(Message($"{number}"), TestContext.Current.CancellationToken);
        }

        var taken = await TakeAsync();
        await _queue.LiveAsync(Message("late"), TestContext.Current.CancellationToken);

        taken.Count.ShouldBeLessThan(100);
        taken.ShouldBe(Enumerable.Range(0, taken.Count).Select(number => $"{number}"));
        (await TakeAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task After_the_last_frame_comes_nothing()
    {
        _queue.Control(Message("last"));
        _queue.Finish();
        _queue.Control(Message("late"));
        _queue.Message(Channel(), Message("late"));

        (await TakeAsync()).ShouldBe(["last"]);
        (await TakeAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Control_does_not_wait_for_all_the_messages()
    {
        var channel = Channel();
        for (var i = 0; i < 1_000; i++)
        {
            _queue.Message(channel, Message("m"));
        }

        (await TakeAsync()).Count.ShouldBeLessThan(100);
        _queue.Control(Message("c"));

        (await TakeAsync())[0].ShouldBe("c");
    }

    [Fact]
    public void So_many_may_be_done_at_once_and_then_one_after_another()
    {
        var time = new ManualTimeProvider(Some.Instant);
        var bucket = new RateBucket(5, TimeSpan.FromSeconds(30));

        Taken().ShouldBe(5);
        time.Advance(TimeSpan.FromSeconds(6));
        Taken().ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(300));
        Taken().ShouldBe(5);

        int Taken() => Enumerable.Range(0, 10).Count(_ => bucket.TryTake(time.GetUtcNow()));
    }

    [Fact]
    public void Messages_of_a_caller_are_counted_over_the_last_second()
    {
        var time = new ManualTimeProvider(Some.Instant);
        var rates = new MessageRates(time);

        rates.Take("a", 60, 100).ShouldBe((0, true));
        rates.Take("a", 50, 100).ShouldBe((60, false));
        rates.Take("b", 100, 100).ShouldBe((0, true));
        time.Advance(TimeSpan.FromMilliseconds(500));
        rates.Take("a", 40, 100).ShouldBe((60, true));
        time.Advance(TimeSpan.FromMilliseconds(500));
        rates.Take("a", 60, 100).ShouldBe((40, true));
        time.Advance(TimeSpan.FromHours(1));
        rates.Take("a", 1, 100).ShouldBe((0, true));
        rates.Take("a", 1_000, 0).ShouldBe((1, true));
    }

    [Fact]
    public void Callers_without_end_share_a_place()
    {
        var rates = new MessageRates(new ManualTimeProvider(Some.Instant));
        for (var callers = 0; callers < MessageRates.CallersMax; callers++)
        {
            rates.Take($"{callers}", 1, 10);
        }

        rates.Take("x", 10, 10).Taken.ShouldBeTrue();
        rates.Take("y", 1, 10).Taken.ShouldBeFalse();
    }

    private async Task<List<string>> TakeAsync() =>
        [.. (await _queue.TakeAsync(TestContext.Current.CancellationToken)).Select(frame => Encoding.UTF8.GetString(frame.Bytes))];

    private RealtimeChannel Channel() => new(new TopicKey("a", Private: false), "1", _queue)
    {
        PresenceKey = "k",
        PresenceCalls = new RateBucket(5, TimeSpan.FromSeconds(30)),
        Rights = RealtimeRig.Anybody,
    };

    private static SharedMessage Message(string text, int sizeBytes = 10) => new(sizeBytes, _ => new RealtimeFrame(Encoding.UTF8.GetBytes(text), Binary: false));
}

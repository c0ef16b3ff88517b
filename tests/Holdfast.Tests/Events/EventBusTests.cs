using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Events;

public sealed class EventBusTests : IAsyncDisposable
{
    private static readonly EventMetadata Critical = new() { Priority = EventPriority.Critical };

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly Heard _heard = new();
    private readonly EventBus _bus;

    public EventBusTests()
    {
        _bus = new EventBus(new EventBusOptions { QueueCapacity = 3 }, _time);
        _bus.Start();
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task An_event_reaches_the_subscribers_of_its_type_and_of_patterns_and_nobody_else()
    {
        var (pattern, other) = (new Heard(), new Heard());
        _bus.Subscribe("order.placed", _heard.HandleAsync);
        _bus.Subscribe("order.*", pattern.HandleAsync);
        _bus.Subscribe("sql.*", other.HandleAsync);

        var result = _bus.Publish("order.placed", 42);

        result.ShouldBe(new PublishResult(Accepted: 2, Dropped: 0));
        (await _heard.NextAsync()).Data.ShouldBe(42);
        (await pattern.NextAsync()).Data.ShouldBe(42);
        other.Rest().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_type_that_only_a_pattern_matches_is_delivered()
    {
        _bus.Subscribe("*.failed", _heard.HandleAsync);

        _bus.Publish("sql.query.failed").Accepted.ShouldBe(1);

        (await _heard.NextAsync()).Type.ShouldBe("sql.query.failed");
    }

    [Fact]
    public void An_event_that_nobody_wants_says_so() => _bus.Publish("nobody.cares").ShouldBe(new PublishResult(0, 0));

    [Fact]
    public async Task A_handler_sees_what_the_publisher_said()
    {
        var correlation = Guid.CreateVersion7();
        using var endpoint = _bus.Join("shop");
        _bus.Subscribe("order.failed", _heard.HandleAsync);

        endpoint.Publish("order.failed", "data", new EventMetadata { CorrelationId = correlation, Priority = EventPriority.Urgent, Tags = ["eu"], Attempt = 3, NoRetry = true });

        var item = await _heard.NextAsync();
        item.CorrelationId.ShouldBe(correlation);
        item.Source.ShouldBe("shop");
        item.Target.ShouldBeNull();
        item.Priority.ShouldBe(EventPriority.Urgent);
        item.Tags.ShouldBe(["eu"]);
        item.Attempt.ShouldBe(3);
        item.NoRetry.ShouldBeTrue();
        item.Timestamp.ShouldBe(Some.Instant);
        item.DataAs<string>().ShouldBe("data");
        Should.Throw<InvalidCastException>(() => item.DataAs<int>()).Message.ShouldContain("order.failed");
    }

    [Fact]
    public async Task A_subscriber_gets_events_in_the_order_of_their_publication()
    {
        var numbers = new List<int>();
        var last = new TaskCompletionSource();
        _bus.Subscribe("count", item =>
        {
            numbers.Add(item.DataAs<int>());
            if (numbers.Count == 10_000)
            {
                last.SetResult();
            }
        }, new SubscriptionOptions { QueueCapacity = 10_000 });

        for (var i = 0; i < 10_000; i++)
        {
            _bus.Publish("count", i).Accepted.ShouldBe(1);
        }

        await last.Task.WaitAsync(TestContext.Current.CancellationToken);
        numbers.ShouldBe(Enumerable.Range(0, 10_000));
    }

    [Fact]
    public async Task Of_what_waits_the_higher_priorities_come_first()
    {
        _heard.Hold();
        _bus.Subscribe("*", _heard.HandleAsync);
        _bus.Publish("first");
        await _heard.BegunAsync();

        _bus.Publish("normal");
        _bus.Publish("urgent", metadata: new EventMetadata { Priority = EventPriority.Urgent });
        await _bus.PublishAsync("critical", metadata: Critical);
        _heard.Release();

        (await _heard.TypesAsync(4)).ShouldBe(["first", "critical", "urgent", "normal"]);
    }

    [Fact]
    public async Task A_slow_handler_delays_only_itself()
    {
        var slow = new Heard();
        slow.Hold();
        _bus.Subscribe("*", slow.HandleAsync);
        _bus.Subscribe("*", _heard.HandleAsync);

        _bus.Publish("one");
        _bus.Publish("two");

        (await _heard.TypesAsync(2)).ShouldBe(["one", "two"]);
        slow.Rest().ShouldBeEmpty();
        slow.Release();
        (await slow.TypesAsync(2)).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_full_queue_drops_what_comes_and_the_publisher_is_told()
    {
        var quick = new Heard();
        _heard.Hold();
        _bus.Subscribe("order.*", _heard.HandleAsync);
        _bus.Publish("order.0");
        await _heard.BegunAsync();
        _bus.Publish("order.1");
        _bus.Publish("order.2");
        _bus.Publish("order.3");
        _bus.Subscribe("order.*", quick.HandleAsync);

        _bus.Publish("order.4").ShouldBe(new PublishResult(Accepted: 1, Dropped: 1));

        _heard.Release();
        (await _heard.TypesAsync(4)).ShouldBe(["order.0", "order.1", "order.2", "order.3"]);
        (await quick.NextAsync()).Type.ShouldBe("order.4");
    }

    [Fact]
    public async Task Drops_are_published_at_once_and_then_at_most_once_a_second()
    {
        _bus.Subscribe(BusEventTypes.Dropped, _heard.HandleAsync);
        await FillAsync();

        _bus.Publish("full");
        _bus.Publish("full");
        _bus.Publish("full.too");

        (await _heard.NextAsync()).DataAs<DroppedEvents>().Dropped.ShouldBe(1);
        _heard.Rest().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        var rest = (await _heard.NextAsync()).DataAs<DroppedEvents>();
        rest.Dropped.ShouldBe(2);
        rest.ByType.ShouldBe(new Dictionary<string, long> { ["full"] = 1, ["full.too"] = 1 }, ignoreOrder: true);
        _time.Advance(TimeSpan.FromSeconds(5));
        _heard.Rest().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_critical_event_waits_for_room_and_is_not_dropped()
    {
        var held = await FillAsync();

        var publishing = _bus.PublishAsync("full.critical", metadata: Critical);

        publishing.IsCompleted.ShouldBeFalse();
        _bus.Publish("full").Dropped.ShouldBe(1);
        held.Release();
        (await publishing).ShouldBe(new PublishResult(Accepted: 1, Dropped: 0));
        (await held.TypesAsync(5)).ShouldContain("full.critical");
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_room_is_told_that_the_event_was_dropped()
    {
        await FillAsync();
        using var patience = new CancellationTokenSource();
        _bus.Subscribe("full.*", _heard.HandleAsync);

        var publishing = _bus.PublishAsync("full.critical", metadata: Critical, cancellationToken: patience.Token);
        await patience.CancelAsync();

        (await publishing).ShouldBe(new PublishResult(Accepted: 1, Dropped: 1));
    }

    [Fact]
    public void A_critical_event_is_not_published_where_it_could_not_wait() =>
        Should.Throw<ArgumentException>(() => _bus.Publish("order.placed", metadata: Critical));

    [Fact]
    public async Task Only_events_with_all_the_tags_come_to_who_asks_for_tags()
    {
        _bus.Subscribe("*", _heard.HandleAsync, new SubscriptionOptions { Tags = ["eu", "paid"] });

        _bus.Publish("one", metadata: new EventMetadata { Tags = ["eu"] }).Accepted.ShouldBe(0);
        _bus.Publish("two", metadata: new EventMetadata { Tags = ["paid", "eu", "large"] }).Accepted.ShouldBe(1);

        (await _heard.NextAsync()).Type.ShouldBe("two");
    }

    [Fact]
    public async Task A_subscription_that_is_disposed_of_gets_nothing_more()
    {
        _heard.Hold();
        var subscription = _bus.Subscribe("*", _heard.HandleAsync);
        _bus.Publish("begun");
        await _heard.BegunAsync();
        _bus.Publish("waits");

        subscription.Dispose();
        subscription.Dispose();

        _bus.Publish("later").Accepted.ShouldBe(0);
        _heard.Release();
        (await _heard.NextAsync()).Type.ShouldBe("begun");
        await _bus.StopAsync(TestContext.Current.CancellationToken);
        _heard.Rest().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_published_before_the_start_waits_for_it()
    {
        await using var bus = new EventBus();
        bus.Subscribe("*", _heard.HandleAsync);

        bus.Publish("early").Accepted.ShouldBe(1);
        _heard.Rest().ShouldBeEmpty();
        bus.Start();

        (await _heard.NextAsync()).Type.ShouldBe("early");
    }

    [Fact]
    public async Task What_is_sent_reaches_its_target_only()
    {
        var other = new Heard();
        using var sql = _bus.Join("sql");
        using var shop = _bus.Join("shop");
        sql.Subscribe("reload", _heard.HandleAsync);
        shop.Subscribe("reload", other.HandleAsync);
        _bus.Subscribe("*", other.HandleAsync);

        shop.Send("sql", "reload").Accepted.ShouldBe(1);

        var item = await _heard.NextAsync();
        (item.Source, item.Target).ShouldBe(("shop", "sql"));
        other.Rest().ShouldBeEmpty();
        Should.Throw<NoHandlerException>(() => _bus.Send("nobody", "reload")).Message.ShouldContain("nobody");
        Should.Throw<NoHandlerException>(() => _bus.Send("sql", "unheard.of")).Message.ShouldContain("unheard.of");
    }

    [Fact]
    public async Task Several_events_are_handled_at_a_time_when_the_subscriber_says_so()
    {
        _heard.Hold();
        _bus.Subscribe("*", _heard.HandleAsync, new SubscriptionOptions { Concurrency = 2 });

        _bus.Publish("one");
        _bus.Publish("two");
        _bus.Publish("three");

        string[] begun = [(await _heard.BegunAsync()).Type, (await _heard.BegunAsync()).Type];
        begun.ShouldBe(["one", "two"], ignoreOrder: true);
        _heard.Release();
        (await _heard.TypesAsync(3)).ShouldBe(["one", "two", "three"], ignoreOrder: true);
    }

    [Fact]
    public async Task Stopping_handles_what_waits_and_what_handlers_publish_meanwhile()
    {
        _bus.Subscribe("second", _heard.HandleAsync);
        _bus.Subscribe("first", _ => _bus.Publish("second"));
        _bus.Publish("first");

        await _bus.StopAsync(TestContext.Current.CancellationToken);

        _heard.Rest().Count.ShouldBe(1);
        _bus.Publish("second").ShouldBe(new PublishResult(0, 0));
        Should.Throw<ObjectDisposedException>(() => _bus.Subscribe("*", _ => { }));
    }

    [Fact]
    public async Task Stopping_leaves_a_handler_behind_that_does_not_end_in_time()
    {
        var log = new RecordingLogger<EventBus>();
        await using var bus = new EventBus(time: _time, logger: log);
        bus.Start();
        _heard.Hold();
        bus.Subscribe("*", _heard.HandleAsync);
        bus.Publish("hangs");
        await _heard.BegunAsync();
        bus.Publish("waits");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);

        var stopping = bus.StopAsync(patience.Token);
        stopping.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));
        await stopping;

        log.Warnings.ShouldHaveSingleItem().ShouldContain("1 events");
    }

    [Fact]
    public async Task A_hundred_thousand_events_pass_through_patterns_without_a_loss()
    {
        const int Events = 100_000;
        var counts = new int[20];
        for (var i = 0; i < counts.Length; i++)
        {
            var number = i;
            _bus.Subscribe($"*.{number % 2}.*", _ => counts[number]++, new SubscriptionOptions { QueueCapacity = Events });
        }

        for (var i = 0; i < Events; i++)
        {
            _bus.Publish($"load.{i % 2}.{i % 5_000}").ShouldBe(new PublishResult(counts.Length / 2, 0));
        }

        await _bus.StopAsync(TestContext.Current.CancellationToken);
        counts.ShouldAllBe(count => count == Events / 2);
    }

    [Fact]
    public async Task Many_publishers_that_wait_for_room_lose_nothing_and_keep_their_order()
    {
        var heard = new List<(int Publisher, int Number)>();
        _bus.Subscribe("count", item => heard.Add(item.DataAs<(int, int)>()));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(publisher => Task.Run(async () =>
        {
            for (var number = 0; number < 5_000; number++)
            {
                (await _bus.PublishAsync("count", (publisher, number), Critical)).Accepted.ShouldBe(1);
            }
        })));
        await _bus.StopAsync(TestContext.Current.CancellationToken);

        foreach (var one in heard.GroupBy(item => item.Publisher))
        {
            one.Select(item => item.Number).ShouldBe(Enumerable.Range(0, 5_000));
        }

        heard.Count.ShouldBe(20_000);
    }

    [Fact]
    public async Task A_publication_allocates_the_event_and_nothing_else()
    {
        await using var bus = new EventBus(new EventBusOptions { QueueCapacity = 10_000 });
        using var shop = bus.Join("shop");
        bus.Subscribe("order.*", _ => { });
        for (var i = 0; i < 5_000; i++)
        {
            shop.Publish("order.placed");
        }

        // Nothing is handled before the start, so only the publications are counted.
        bus.Publish("order.placed");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            shop.Publish("order.placed");
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        (bytes / 1_000).ShouldBeLessThanOrEqualTo(80);
    }

    // A subscriber of full* that is held at its first event, and three more wait.
    private async Task<Heard> FillAsync()
    {
        var held = new Heard();
        held.Hold();
        _bus.Subscribe("full*", held.HandleAsync);
        _bus.Publish("full");
        await held.BegunAsync();
        for (var i = 0; i < 3; i++)
        {
            _bus.Publish("full").Accepted.ShouldBe(1);
        }

        return held;
    }
}

using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Events;

public sealed class EventBusFailureTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly RecordingLogger<EventBus> _log = new();
    private readonly Heard _failures = new();
    private readonly EventBus _bus;

    public EventBusFailureTests()
    {
        _bus = new EventBus(new EventBusOptions { QueueCapacity = 2 }, _time, _log);
        _bus.Start();
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task An_exception_of_a_handler_is_an_event_with_the_correlation_of_what_it_failed_at()
    {
        var correlation = Guid.CreateVersion7();
        using var shop = _bus.Join("shop");
        shop.Subscribe("order.*", _ => throw new InvalidOperationException("no stock"));
        _bus.Subscribe("*.failed", _failures.HandleAsync);

        _bus.Publish("order.placed", metadata: new EventMetadata { CorrelationId = correlation, Attempt = 2, NoRetry = true });

        var item = await _failures.NextAsync();
        (item.Type, item.CorrelationId, item.Attempt, item.NoRetry).ShouldBe((BusEventTypes.HandlerFailed, correlation, 2, true));
        var failure = item.DataAs<HandlerFailure>();
        (failure.Subscriber, failure.Pattern, failure.Handled.Type, failure.Exception.Message).ShouldBe(("shop", "order.*", "order.placed", "no stock"));
    }

    [Fact]
    public async Task A_handler_that_threw_gets_the_next_event()
    {
        var heard = new Heard { Act = item => _ = item.Type == "bad" ? throw new InvalidOperationException() : 0 };
        _bus.Subscribe("*", heard.HandleAsync);

        _bus.Publish("bad");
        _bus.Publish("good");

        (await heard.TypesAsync(2)).ShouldBe(["bad", "good"]);
    }

    [Fact]
    public async Task Who_subscribes_to_everything_and_always_fails_makes_one_failure_for_each_event()
    {
        Heard[] broken = [Broken(), Broken()];
        Array.ForEach(broken, one => _bus.Subscribe("*", one.HandleAsync));

        _bus.Publish("order.placed");
        await _bus.StopAsync(TestContext.Current.CancellationToken);

        // Each gets the event and the failure of the other, and none of its own.
        foreach (var one in broken)
        {
            one.Rest().Select(item => item.Type).ShouldBe(["order.placed", BusEventTypes.HandlerFailed], ignoreOrder: true);
        }

        _log.Records.Count(line => line.Message.Contains("failed at", StringComparison.Ordinal)).ShouldBe(4);
    }

    [Fact]
    public async Task Two_that_fail_with_full_queues_do_not_wait_for_each_other_for_ever()
    {
        Heard[] broken = [Broken(), Broken()];
        foreach (var one in broken)
        {
            one.Hold();
            _bus.Subscribe("*", one.HandleAsync);
        }

        _bus.Publish("one");
        await broken[0].BegunAsync();
        await broken[1].BegunAsync();
        _bus.Publish("two");
        _bus.Publish("three").Accepted.ShouldBe(2);
        Array.ForEach(broken, one => one.Release());

        // Both fail at "one" and wait for room with the other, until their patience ends.
        await _time.DriveAsync(async () =>
        {
            await broken[0].TypesAsync(3);
            await broken[1].TypesAsync(3);
            return 0;
        });
        _log.Records.Count(line => line.Message.Contains("failed at", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_failure_waits_for_room_with_those_who_want_to_know()
    {
        _failures.Hold();
        _bus.Subscribe("*.failed", _failures.HandleAsync);
        _bus.Publish("x.failed");
        await _failures.BegunAsync();
        _bus.Publish("x.failed");
        _bus.Publish("x.failed");
        var broken = Broken();
        _bus.Subscribe("order.*", broken.HandleAsync);

        _bus.Publish("order.placed");
        await broken.NextAsync();
        _failures.Release();

        (await _failures.TypesAsync(4)).ShouldContain(BusEventTypes.HandlerFailed);
    }

    private static Heard Broken() => new() { Act = _ => throw new InvalidOperationException("broken") };
}

using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Monitoring.Adapters;

public class AdapterSwitchTests
{
    private static readonly BroadcastOptions Direct = new() { UseAdapter = false };
    private static readonly BroadcastOptions Dual = new() { DualMode = true };

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly TrialAdapter _webSocket = new("websocket");
    private readonly TrialAdapter _realtime = new("realtime");
    private readonly Told _told = new();
    private readonly Broadcasting _broadcasting;

    public AdapterSwitchTests()
    {
        _broadcasting = new Broadcasting(_time, _webSocket, _realtime);
        Switch.Observer = _told;
    }

    private AdapterSwitch Switch => _broadcasting.Switch;

    [Fact]
    public void Every_endpoint_gets_every_update_once_in_every_mode()
    {
        BroadcastOptions[] modes = [Direct, new(), new() { AdapterType = "websocket" }, Dual, new() { AdapterType = "dual" }, new() { Only = "websocket" }];

        for (var i = 0; i < 60; i++)
        {
            _broadcasting.Set(modes[i % modes.Length]);
            Switch.Broadcast(Some.Told(i + 1, 1));
        }

        _webSocket.Sequences.ShouldBe(Enumerable.Range(1, 60).Select(n => (long)n));
        _realtime.Sequences.ShouldBe(_webSocket.Sequences);
    }

    [Fact]
    public void Nothing_is_counted_while_nobody_is_connected()
    {
        (_webSocket.ConnectionCount, _realtime.ConnectionCount) = (0, 0);

        foreach (var options in (BroadcastOptions[])[Direct, new(), Dual])
        {
            _broadcasting.Set(options);
            Switch.Broadcast(Some.Told(1, 1));
        }

        (Switch.Counters.Total, Switch.Counters.Adapter, Switch.Counters.Direct, Switch.Counters.Failed).ShouldBe((0, 0, 0, 0));
        (_broadcasting.WebSocket.Counters.Broadcasts, _broadcasting.Realtime.Counters.Broadcasts).ShouldBe((0, 0));
    }

    [Fact]
    public void What_is_acknowledged_is_counted_where_it_was()
    {
        Switch.Broadcast(Some.Told(1, 5));
        _broadcasting.Set(Direct);
        Switch.Broadcast(Some.Told(6, 2));

        (Switch.Counters.Total, Switch.Counters.Adapter, Switch.Counters.Direct, Switch.Counters.Failed).ShouldBe((2, 1, 2, 0));
        (_broadcasting.Realtime.Counters.Broadcasts, _broadcasting.Realtime.Counters.Events).ShouldBe((2, 7));
    }

    [Fact]
    public void What_is_not_taken_moves_no_counter_but_that_of_failures()
    {
        (_realtime.Fails, _webSocket.ConnectionCount) = (true, 0);

        Switch.Broadcast(Some.Told(1, 5));

        (Switch.Counters.Total, Switch.Counters.Adapter, Switch.Counters.Failed).ShouldBe((0, 0, 1));
        (_broadcasting.Realtime.Counters.Broadcasts, _broadcasting.Realtime.Counters.Failures, _broadcasting.Realtime.Counters.FailedEvents).ShouldBe((0, 1, 5));
    }

    [Fact]
    public void Dual_mode_fails_when_both_do_and_says_so_once()
    {
        _broadcasting.Set(Dual);
        (_webSocket.Fails, _realtime.Fails) = (true, true);

        for (var i = 1; i <= 3; i++)
        {
            Switch.Broadcast(Some.Told(i, 1));
        }

        Switch.Counters.Failed.ShouldBe(3);
        _told.Failing.ShouldBe(["InvalidOperationException: realtime is broken."]);
    }

    [Fact]
    public void An_adapter_that_fails_does_not_get_what_comes_before_it_was_caught_up()
    {
        _realtime.Fails = true;
        Switch.Broadcast(Some.Told(1, 1));
        _realtime.Fails = false;

        Switch.Broadcast(Some.Told(2, 1));

        _realtime.Sequences.ShouldBeEmpty();
        _webSocket.Sequences.ShouldBe([1, 2]);
    }

    [Fact]
    public void Ticks_and_control_pass_a_breaker_that_is_open()
    {
        _broadcasting.Realtime.Breaker.Isolate("test", "to see");

        Switch.Broadcast(new ControlUpdate([1]));

        _realtime.Taken.ShouldHaveSingleItem();
    }

    [Fact]
    public void Pages_are_led_to_the_other_adapter_while_the_first_is_not_healthy()
    {
        var before = Switch.Effective.Name;
        _broadcasting.Realtime.Breaker.Isolate("test", "to see");
        var meanwhile = Switch.Effective.Name;
        _broadcasting.Realtime.Breaker.Reset("test", "seen");

        (before, meanwhile, Switch.Effective.Name).ShouldBe(("realtime", "websocket", "realtime"));
    }

    [Fact]
    public void With_both_unhealthy_pages_stay_where_they_are()
    {
        _broadcasting.Realtime.Breaker.Isolate("test", "to see");
        _broadcasting.WebSocket.Breaker.Isolate("test", "to see");
        _broadcasting.Set(Dual);

        Switch.Effective.Name.ShouldBe("realtime");
    }

    [Fact]
    public void An_adapter_that_acknowledges_late_is_not_healthy()
    {
        for (var i = 0; i < AdapterMinute.AttemptsLeast; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(i == 0 ? 151 : 0));
            Switch.Broadcast(Some.Told(i + 1, 1));
        }

        Switch.FaultOf(_broadcasting.Realtime).ShouldBe("An acknowledgement takes 151 ms (p95), more than 150 ms.");
        Switch.IsHealthy(_broadcasting.WebSocket).ShouldBeTrue();
        _time.Advance(AdapterWindow.Length + TimeSpan.FromSeconds(1));
        Switch.IsHealthy(_broadcasting.Realtime).ShouldBeTrue();
    }

    [Fact]
    public void A_change_is_told_and_the_same_settings_are_none()
    {
        _broadcasting.Set(new BroadcastOptions());
        _broadcasting.Set(Dual);
        _broadcasting.Set(Direct);

        _told.Modes.ShouldBe(["adapter (realtime) -> dual (realtime, websocket)", "dual (realtime, websocket) -> direct (websocket)"]);
    }

    [Fact]
    public void An_open_breaker_is_asked_again_although_nothing_happens()
    {
        _broadcasting.Realtime.Breaker.Trip(TimeSpan.FromSeconds(30), "test", "to see");
        _broadcasting.Realtime.Probe();
        var early = _broadcasting.Realtime.Breaker.State;
        _time.Advance(TimeSpan.FromSeconds(30));

        _broadcasting.Realtime.Probe();

        (early, _broadcasting.Realtime.Breaker.State).ShouldBe((CircuitState.Open, CircuitState.Closed));
    }

    private sealed class Told : IBroadcastObserver
    {
        public List<string> Modes { get; } = [];

        public List<string> Failing { get; } = [];

        public void OnModeChanged(BroadcastPlan was, BroadcastPlan now) => Modes.Add($"{was} -> {now}");

        public void OnFailing(BroadcastPlan plan, string reason) => Failing.Add(reason);
    }
}

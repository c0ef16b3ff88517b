using System.ComponentModel.DataAnnotations;
using Holdfast.Resilience;
using Holdfast.Testing;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

public class CircuitBreakerHandleTests
{
    [Fact]
    public async Task A_reload_changes_thresholds_and_keeps_an_open_circuit_open()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);
        rig.Clock.Advance(TimeSpan.FromSeconds(30));

        rig.Reload(options => (options.FailureThreshold, options.BreakDuration) = (1, TimeSpan.FromSeconds(5)));

        (await rig.SucceedAsync()).ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(30));
        rig.Handle.Reset("test", "test");
        await rig.FailAsync();
        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.NextAttemptAt.ShouldBe(rig.Clock.GetUtcNow() + TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_lower_failure_threshold_does_not_open_by_itself_but_at_the_next_failure()
    {
        var rig = new BreakerRig();
        await rig.FailAsync(4);

        rig.Reload(options => options.FailureThreshold = 2);

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.ConsecutiveFailures.ShouldBe(1);
        await rig.FailAsync();
        rig.State.ShouldBe(CircuitState.Open);
    }

    [Fact]
    public async Task A_lower_success_threshold_leaves_no_half_open_circuit_that_admits_nobody()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options => options.SuccessThreshold = 3);
        await rig.SucceedAsync();
        await rig.SucceedAsync();

        rig.Reload(options => options.SuccessThreshold = 1);

        (await rig.SucceedAsync()).ShouldBeNull();
        rig.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public void Settings_that_are_out_of_range_are_refused_and_change_nothing()
    {
        var handle = new CircuitBreakerHandle("database");

        Should.Throw<ValidationException>(() => handle.Configure(new CircuitBreakerOptions { FailureThreshold = 0 }));

        handle.Snapshot().Options.FailureThreshold.ShouldBe(5);
    }

    [Fact]
    public async Task Switched_off_it_passes_everything_through_and_counts_and_switched_on_it_goes_on_where_it_was()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);

        rig.Reload(options => options.Enabled = false);
        await rig.FailAsync(7);
        await rig.SucceedAsync();

        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.Totals.ShouldBe(new CircuitBreakerTotals { Failed = 12, Succeeded = 1, Opened = 1 });
        rig.Reload(options => options.Enabled = true);
        (await rig.SucceedAsync()).ShouldBeOfType<BrokenCircuitException>();
    }

    [Fact]
    public async Task A_call_that_began_before_the_switch_moves_nothing_after_it()
    {
        var rig = new BreakerRig(options => options.FailureThreshold = 1);
        var call = rig.Hang();
        rig.Reload(options => options.Enabled = false);

        await call.FailAsync();

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.Totals.Stale.ShouldBe(1);
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_back_does_not_lengthen_a_break()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);
        rig.Clock.Jump(TimeSpan.FromDays(-1));
        rig.Clock.Advance(BreakerRig.Break);

        var fault = await rig.SucceedAsync();

        fault.ShouldBeNull();
        rig.State.ShouldBe(CircuitState.HalfOpen);
    }

    [Fact]
    public async Task The_life_of_a_circuit_is_told_in_order_with_its_causes()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        await rig.FailAsync();
        rig.Clock.Advance(BreakerRig.Break);
        await rig.SucceedAsync();
        await rig.SucceedAsync();

        rig.Transitions.Select(transition => (transition.EventType, transition.Cause)).ShouldBe(
        [
            ("circuit_breaker_open", CircuitTransitionCause.Failures),
            ("circuit_breaker_half_open", CircuitTransitionCause.BreakOver),
            ("circuit_breaker_open", CircuitTransitionCause.ProbeFailed),
            ("circuit_breaker_half_open", CircuitTransitionCause.BreakOver),
            ("circuit_breaker_close", CircuitTransitionCause.ProbesSucceeded),
        ]);
        rig.Transitions[0].Failure.ShouldBe("InvalidOperationException: down");
        rig.Transitions.Select(transition => transition.Generation).ShouldBeInOrder();
    }

    [Fact]
    public void Only_the_last_transitions_are_remembered()
    {
        var handle = new CircuitBreakerHandle("database");

        for (var i = 0; i < CircuitBreakerHandle.TransitionsKept + 10; i++)
        {
            handle.Reset("test", $"number {i}");
        }

        handle.Snapshot().Transitions.Count.ShouldBe(CircuitBreakerHandle.TransitionsKept);
        handle.Snapshot().Transitions[0].Reason.ShouldBe("number 10");
    }

    [Fact]
    public void An_observer_that_throws_is_counted_and_costs_the_others_nothing()
    {
        var handle = new CircuitBreakerHandle("database");
        var told = new List<CircuitTransition>();
        handle.Subscribe(_ => throw new NotSupportedException("broken observer"));
        handle.Subscribe(told.Add);

        handle.Reset("test", "test");

        told.ShouldHaveSingleItem();
        handle.Snapshot().ObserverFaults.ShouldBe(1);
    }

    [Fact]
    public void An_observer_that_has_left_is_told_nothing()
    {
        var handle = new CircuitBreakerHandle("database");
        var told = new List<CircuitTransition>();
        handle.Subscribe(told.Add).Dispose();

        handle.Reset("test", "test");

        told.ShouldBeEmpty();
    }

    [Fact]
    public void An_observer_may_move_the_circuit_and_hears_of_it_afterwards()
    {
        var handle = new CircuitBreakerHandle("database");
        var told = new List<CircuitState>();
        handle.Subscribe(transition =>
        {
            if (transition.To == CircuitState.Isolated)
            {
                handle.Reset("automatic", "not allowed here");
            }

            told.Add(transition.To);
        });

        handle.Isolate("test", "test");

        told.ShouldBe([CircuitState.Isolated, CircuitState.Closed]);
    }

    [Fact]
    public async Task While_a_handler_hangs_moves_wait_up_to_a_limit_and_nobody_waits_with_them()
    {
        var release = new TaskCompletionSource();
        var rig = new BreakerRig(options => (options.FailureThreshold, options.OnOpened) = (1, _ => new ValueTask(release.Task)));
        var opening = rig.FailAsync();
        rig.Transitions.Clear();

        for (var i = 0; i < TransitionReports.WaitingMax + 3; i++)
        {
            rig.Handle.Reset("test", "test");
        }

        rig.Transitions.ShouldBeEmpty();
        rig.Now.TransitionsUntold.ShouldBe(3);
        release.SetResult();
        await opening;
        rig.Transitions.Count.ShouldBe(TransitionReports.WaitingMax);
    }

    [Fact]
    public async Task A_move_that_is_told_late_is_told_with_a_context_of_its_own()
    {
        var release = new TaskCompletionSource();
        ResilienceContext? told = null;
        var rig = new BreakerRig(options =>
        {
            options.FailureThreshold = 1;
            options.OnOpened = _ => new ValueTask(release.Task);
            options.OnHalfOpened = arguments =>
            {
                told = arguments.Context;
                return default;
            };
        });
        var opening = rig.FailAsync();
        rig.Clock.Advance(BreakerRig.Break);
        var context = ResilienceContextPool.Shared.Get("probe");

        await rig.Pipeline.ExecuteOutcomeAsync(static (_, _) => new ValueTask<Outcome<string>>(Outcome.FromResult("")), context, 0);
        release.SetResult();
        await opening;

        told.ShouldNotBeNull().ShouldNotBeSameAs(context);
        told.OperationKey.ShouldBe("probe");
        ResilienceContextPool.Shared.Return(context);
    }

    [Fact]
    public async Task The_snapshot_has_every_number()
    {
        var rig = new BreakerRig();
        await rig.SucceedAsync();
        await rig.CancelAsync();
        await rig.FailAsync(5);
        await rig.SucceedAsync();

        var snapshot = rig.Now;

        snapshot.Name.ShouldBe("database");
        snapshot.Totals.ShouldBe(new CircuitBreakerTotals { Succeeded = 1, Cancelled = 1, Failed = 5, Rejected = 1, Opened = 1 });
        (snapshot.Totals.Executed, snapshot.Totals.Calls).ShouldBe((7, 8));
        (snapshot.LastFailure, snapshot.LastFailureAt).ShouldBe(("InvalidOperationException: down", rig.Clock.GetUtcNow()));
        snapshot.OpenedAt.ShouldBe(rig.Clock.GetUtcNow());
        snapshot.NextAttemptAt.ShouldBe(rig.Clock.GetUtcNow() + BreakerRig.Break);
    }

    [Fact]
    public async Task Resetting_the_counters_keeps_the_state_and_the_history()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);

        rig.Handle.ResetCounters();

        rig.Now.Totals.ShouldBe(new CircuitBreakerTotals());
        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.Transitions.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(366)]
    public void A_trip_needs_a_sensible_time(int days) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new CircuitBreakerHandle("database", time: new ManualTimeProvider()).Trip(TimeSpan.FromDays(days), "a", "b"));

    [Fact]
    public void A_move_by_hand_needs_an_actor_and_a_reason()
    {
        var handle = new CircuitBreakerHandle("database");

        Should.Throw<ArgumentException>(() => handle.Reset("", "reason"));
        Should.Throw<ArgumentException>(() => handle.Isolate("actor", " "));

        handle.Snapshot().Transitions.ShouldBeEmpty();
    }
}

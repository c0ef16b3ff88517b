using Holdfast.Resilience;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>The state table of the breaker, cell by cell: state and what happens.</summary>
public class CircuitBreakerStateTableTests
{
    [Fact]
    public async Task Closed_admits_every_call()
    {
        var rig = new BreakerRig();

        var calls = Enumerable.Range(0, 10).Select(_ => rig.Hang()).ToList();

        calls.ShouldAllBe(call => call.Began);
        await Task.WhenAll(calls.Select(call => call.SucceedAsync()));
    }

    [Fact]
    public async Task Closed_success_sets_the_failures_in_a_row_to_zero()
    {
        var rig = new BreakerRig();
        await rig.FailAsync(4);

        await rig.SucceedAsync();

        rig.Now.ConsecutiveFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Closed_failure_below_the_threshold_counts_and_stays_closed()
    {
        var rig = new BreakerRig();

        await rig.FailAsync(4);

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.ConsecutiveFailures.ShouldBe(4);
    }

    [Fact]
    public async Task Closed_failure_at_the_threshold_opens_for_the_break()
    {
        var rig = new BreakerRig();
        var generation = rig.Now.Generation;

        await rig.FailAsync(5);

        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.Generation.ShouldBe(generation + 1);
        rig.Now.NextAttemptAt.ShouldBe(rig.Clock.GetUtcNow() + BreakerRig.Break);
    }

    [Fact]
    public async Task Closed_failures_far_apart_open_as_well()
    {
        var rig = new BreakerRig();

        for (var i = 0; i < 5; i++)
        {
            await rig.FailAsync();
            rig.Clock.Advance(TimeSpan.FromHours(1));
        }

        rig.State.ShouldBe(CircuitState.Open);
    }

    [Fact]
    public async Task Closed_cancelled_call_changes_nothing()
    {
        var rig = new BreakerRig();
        await rig.FailAsync(4);

        await rig.CancelAsync();

        rig.Now.ConsecutiveFailures.ShouldBe(4);
        rig.Now.Totals.Cancelled.ShouldBe(1);
    }

    [Fact]
    public async Task Closed_call_whose_predicate_threw_changes_nothing()
    {
        var rig = new BreakerRig(options => options.ShouldHandle = _ => throw new NotSupportedException("broken predicate"));

        var fault = await rig.SucceedAsync();

        fault.ShouldBeOfType<NotSupportedException>();
        rig.Now.ConsecutiveFailures.ShouldBe(0);
        rig.Now.Totals.Ignored.ShouldBe(1);
    }

    [Fact]
    public async Task Open_rejects_before_the_break_is_over_and_says_when_to_come_again()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);
        rig.Clock.Advance(TimeSpan.FromSeconds(20));

        var fault = await rig.SucceedAsync();

        var broken = fault.ShouldBeOfType<BrokenCircuitException>();
        broken.RetryAfter.ShouldBe(TimeSpan.FromSeconds(40));
        broken.InnerException.ShouldBeOfType<InvalidOperationException>();
        broken.TelemetrySource!.StrategyName.ShouldBe("ConsecutiveCircuitBreaker");
        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.Totals.Rejected.ShouldBe(1);
    }

    [Fact]
    public async Task Open_call_after_the_break_becomes_the_probe_of_a_half_open_circuit()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);
        var generation = rig.Now.Generation;
        rig.Clock.Advance(BreakerRig.Break);

        var probe = rig.Hang();

        probe.Began.ShouldBeTrue();
        rig.State.ShouldBe(CircuitState.HalfOpen);
        rig.Now.Generation.ShouldBe(generation + 1);
        rig.Now.Probes.ShouldBe(1);
        await probe.SucceedAsync();
    }

    [Fact]
    public async Task Open_neither_success_nor_failure_of_an_earlier_call_moves_it()
    {
        var rig = new BreakerRig();
        var (late, later) = (rig.Hang(), rig.Hang());
        await rig.FailAsync(5);
        var opened = rig.Now;

        await late.SucceedAsync();
        await later.FailAsync();

        rig.Now.Generation.ShouldBe(opened.Generation);
        rig.Now.Totals.ShouldBe(opened.Totals with { Stale = 2 });
        rig.Now.LastFailureAt.ShouldBe(opened.LastFailureAt);
    }

    [Fact]
    public async Task Half_open_admits_one_probe_and_rejects_the_second_for_as_long_as_the_lease()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        var probe = rig.Hang();
        rig.Clock.Advance(TimeSpan.FromSeconds(10));

        var fault = await rig.SucceedAsync();

        fault.ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(20));
        await probe.SucceedAsync();
    }

    [Fact]
    public async Task Half_open_admits_as_many_probes_at_once_as_configured()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options => (options.HalfOpenMaxConcurrency, options.SuccessThreshold) = (2, 9));

        var probes = Enumerable.Range(0, 3).Select(_ => rig.Hang()).ToList();

        probes.Count(probe => probe.Began).ShouldBe(2);
        await Task.WhenAll(probes.Where(probe => probe.Began).Select(probe => probe.SucceedAsync()));
    }

    [Fact]
    public async Task Half_open_admits_no_more_probes_than_it_needs_successes()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options => (options.HalfOpenMaxConcurrency, options.SuccessThreshold) = (9, 2));

        var probes = Enumerable.Range(0, 3).Select(_ => rig.Hang()).ToList();

        probes.Count(probe => probe.Began).ShouldBe(2);
        await Task.WhenAll(probes.Where(probe => probe.Began).Select(probe => probe.SucceedAsync()));
        rig.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public async Task Half_open_expired_lease_frees_the_place_and_makes_the_late_result_stale()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        var hung = rig.Hang();
        var generation = rig.Now.Generation;
        rig.Clock.Advance(BreakerRig.Lease);

        await rig.SucceedAsync();
        await hung.FailAsync();
        await rig.SucceedAsync();

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.Generation.ShouldBe(generation + 2, "one for the lease, one for closing");
        rig.Now.Totals.Stale.ShouldBe(1);
        rig.Now.ConsecutiveFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Half_open_probe_that_hangs_keeps_its_place_no_longer_than_its_own_lease_whatever_others_come_and_go()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options => (options.HalfOpenMaxConcurrency, options.SuccessThreshold) = (2, 9));
        var hung = rig.Hang();
        rig.Clock.Advance(BreakerRig.Lease / 2);
        await rig.SucceedAsync();
        var second = rig.Hang();

        var early = await rig.SucceedAsync();
        rig.Clock.Advance(BreakerRig.Lease / 2);
        var late = await rig.SucceedAsync();

        early.ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldBe(BreakerRig.Lease / 2, "the first lease that ends frees a place");
        late.ShouldBeNull();
        await hung.FailAsync();
        await second.SucceedAsync();
        rig.State.ShouldBe(CircuitState.HalfOpen);
        rig.Now.Totals.Stale.ShouldBe(2);
    }

    [Fact]
    public async Task Half_open_probe_that_answers_takes_its_own_lease_along_and_no_other()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options => (options.HalfOpenMaxConcurrency, options.SuccessThreshold) = (2, 9));
        var first = rig.Hang();
        rig.Clock.Advance(BreakerRig.Lease / 2);
        var second = rig.Hang();
        await first.SucceedAsync();
        var third = rig.Hang();

        var fault = await rig.SucceedAsync();

        fault.ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldBe(BreakerRig.Lease);
        await second.SucceedAsync();
        await third.SucceedAsync();
    }

    [Fact]
    public async Task Half_open_success_below_the_threshold_counts_and_stays_half_open()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);

        await rig.SucceedAsync();

        rig.State.ShouldBe(CircuitState.HalfOpen);
        rig.Now.HalfOpenSuccesses.ShouldBe(1);
    }

    [Fact]
    public async Task Half_open_success_at_the_threshold_closes()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);

        await rig.SucceedAsync();
        await rig.SucceedAsync();

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.HalfOpenSuccesses.ShouldBe(0);
    }

    [Fact]
    public async Task Half_open_failure_opens_for_another_break()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        await rig.SucceedAsync();

        await rig.FailAsync();

        rig.State.ShouldBe(CircuitState.Open);
        rig.Now.NextAttemptAt.ShouldBe(rig.Clock.GetUtcNow() + BreakerRig.Break);
        rig.Now.HalfOpenSuccesses.ShouldBe(0);
    }

    [Fact]
    public async Task Half_open_cancelled_probe_gives_its_place_back_and_never_closes()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        await rig.SucceedAsync();

        await rig.CancelAsync();

        rig.State.ShouldBe(CircuitState.HalfOpen);
        rig.Now.Probes.ShouldBe(0);
        rig.Now.HalfOpenSuccesses.ShouldBe(1);
    }

    [Fact]
    public async Task Half_open_probe_whose_predicate_threw_gives_its_place_back()
    {
        var broken = false;
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen, options =>
            options.ShouldHandle = arguments => broken ? throw new NotSupportedException() : ValueTask.FromResult(arguments.Outcome.Exception is not null));
        broken = true;

        await rig.SucceedAsync();

        rig.State.ShouldBe(CircuitState.HalfOpen);
        rig.Now.Probes.ShouldBe(0);
    }

    [Fact]
    public async Task Isolated_rejects_until_it_is_reset()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Isolated);
        rig.Clock.Advance(TimeSpan.FromDays(30));

        var fault = await rig.SucceedAsync();

        fault.ShouldBeOfType<IsolatedCircuitException>().RetryAfter.ShouldBeNull();
        rig.Handle.Reset("alice", "the vendor says it is fixed");
        (await rig.SucceedAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Isolated_no_result_of_an_earlier_call_moves_it()
    {
        var rig = new BreakerRig();
        var late = rig.Hang();
        rig.Handle.Isolate("alice", "maintenance");

        await late.FailAsync();

        rig.State.ShouldBe(CircuitState.Isolated);
        rig.Now.Totals.Stale.ShouldBe(1);
    }

    [Theory]
    [InlineData(CircuitState.Closed)]
    [InlineData(CircuitState.Open)]
    [InlineData(CircuitState.HalfOpen)]
    [InlineData(CircuitState.Isolated)]
    public async Task Manual_reset_closes_from_every_state_and_is_audited(CircuitState from)
    {
        var rig = await BreakerRig.InAsync(from);
        var generation = rig.Now.Generation;

        rig.Handle.Reset("alice", "checked by hand");

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.Generation.ShouldBe(generation + 1);
        Audited(rig, from, CircuitState.Closed, "checked by hand");
    }

    [Theory]
    [InlineData(CircuitState.Closed)]
    [InlineData(CircuitState.Open)]
    [InlineData(CircuitState.HalfOpen)]
    [InlineData(CircuitState.Isolated)]
    public async Task Manual_isolate_holds_open_from_every_state_and_is_audited(CircuitState from)
    {
        var rig = await BreakerRig.InAsync(from);

        rig.Handle.Isolate("alice", "maintenance");

        rig.State.ShouldBe(CircuitState.Isolated);
        Audited(rig, from, CircuitState.Isolated, "maintenance");
    }

    [Theory]
    [InlineData(CircuitState.Closed)]
    [InlineData(CircuitState.Open)]
    [InlineData(CircuitState.HalfOpen)]
    [InlineData(CircuitState.Isolated)]
    public async Task Manual_trip_opens_for_the_given_time_from_every_state_and_is_audited(CircuitState from)
    {
        var rig = await BreakerRig.InAsync(from);

        rig.Handle.Trip(TimeSpan.FromMinutes(5), "alice", "failover");

        (await rig.SucceedAsync()).ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldBe(TimeSpan.FromMinutes(5));
        Audited(rig, from, CircuitState.Open, "failover").BreakDuration.ShouldBe(TimeSpan.FromMinutes(5));
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        (await rig.SucceedAsync()).ShouldBeNull();
        rig.State.ShouldBe(CircuitState.HalfOpen);
    }

    [Fact]
    public async Task Manual_reset_makes_a_probe_in_flight_stale()
    {
        var rig = await BreakerRig.InAsync(CircuitState.HalfOpen);
        var probe = rig.Hang();
        rig.Handle.Reset("alice", "checked by hand");

        await probe.FailAsync();

        rig.Now.ConsecutiveFailures.ShouldBe(0);
        rig.Now.Totals.Stale.ShouldBe(1);
    }

    private static CircuitTransition Audited(BreakerRig rig, CircuitState from, CircuitState to, string reason)
    {
        var transition = rig.Transitions[^1];
        transition.ShouldBe(rig.Now.Transitions[^1]);
        (transition.From, transition.To, transition.IsManual, transition.Actor, transition.Reason).ShouldBe((from, to, true, "alice", reason));
        return transition;
    }
}

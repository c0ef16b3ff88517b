using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Holdfast.Resilience;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Holdfast.Tests.Resilience;

public class ResiliencePipelinesTests
{
    private readonly PipelineRig _rig = new();

    private ResiliencePipelines Pipelines => _rig.Pipelines;

    [Fact]
    public async Task An_attempt_that_hangs_is_cut_short_tried_again_and_counted_against_the_breaker()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        var attempts = 0;

        var fault = await _rig.RunAsync(pipeline, async token =>
        {
            if (++attempts == 1)
            {
                await PipelineRig.HangAsync(token);
            }

            return "done";
        });

        fault.ShouldBeNull();
        _rig.Attempts.ShouldBe([0.0, 11]);
        pipeline.Breaker.Snapshot().Totals.Failed.ShouldBe(1);
    }

    [Fact]
    public async Task The_whole_operation_is_cut_short_as_well()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        var fault = await _rig.RunAsync(pipeline, async token =>
        {
            await PipelineRig.HangAsync(token);
            return "never";
        });

        fault.ShouldBeOfType<TimeoutRejectedException>().Timeout.ShouldBe(TimeSpan.FromSeconds(30));
        _rig.Attempts.ShouldBe([0.0, 11, 23]);
    }

    [Fact]
    public async Task Without_an_attempt_timeout_an_attempt_has_the_whole_time()
    {
        var pipeline = Pipelines.GetOrAdd(PipelineNames.Maintenance, new NamedPipelineOptions { Timeout = null, AttemptTimeout = null });

        var fault = await _rig.RunAsync(pipeline, async token =>
        {
            await Task.Delay(TimeSpan.FromHours(1), _rig.Clock, token);
            return "done";
        });

        fault.ShouldBeNull();
    }

    [Fact]
    public async Task Pipelines_of_one_database_share_its_breaker()
    {
        await _rig.RunAsync(Pipelines.GetOrAdd(PipelineNames.EventFlusher), failures: 3);
        await _rig.RunAsync(Pipelines.GetOrAdd(PipelineNames.SampleFlusher), failures: 2);

        var fault = await _rig.RunAsync(Pipelines.GetOrAdd(PipelineNames.Retries));

        fault.ShouldBeOfType<BrokenCircuitException>();
        Pipelines.Get(PipelineNames.Retries)!.Snapshot().Rejected.ShouldBe(1);
    }

    [Theory]
    [InlineData(ErrorClass.Connectivity, 3, 3)]
    [InlineData(ErrorClass.Unknown, 3, 3)]
    [InlineData(ErrorClass.Data, 1, 0)]
    [InlineData(ErrorClass.Capability, 1, 0)]
    [InlineData(ErrorClass.MissingPartition, 1, 0)]
    [InlineData(ErrorClass.Cancelled, 1, 0)]
    public async Task The_class_of_an_error_decides_who_pays(ErrorClass error, int attempts, int failures)
    {
        var pipeline = Pipelines.GetOrAdd("test", new NamedPipelineOptions { Classify = _ => error });

        await _rig.RunAsync(pipeline, failures: 9);

        _rig.Attempts.Count.ShouldBe(attempts);
        pipeline.Breaker.Snapshot().ConsecutiveFailures.ShouldBe(failures);
    }

    [Fact]
    public async Task A_poison_row_never_opens_the_breaker_of_the_database()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        for (var i = 0; i < 20; i++)
        {
            await _rig.RunAsync(pipeline, failures: 1, new PoisonRow());
        }

        pipeline.Breaker.State.ShouldBe(CircuitState.Closed);
        pipeline.Breaker.Snapshot().Totals.Ignored.ShouldBe(20);
    }

    [Fact]
    public async Task The_breaker_switch_works_at_run_time()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        pipeline.Breaker.Isolate("operator", "test");

        Pipelines.Apply(new ResilienceOptions { CircuitBreakerEnabled = false });

        (await _rig.RunAsync(pipeline)).ShouldBeNull();
        Pipelines.Apply(new ResilienceOptions());
        (await _rig.RunAsync(pipeline)).ShouldBeOfType<IsolatedCircuitException>();
    }

    [Fact]
    public async Task The_retry_switch_works_at_run_time()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        Pipelines.Apply(new ResilienceOptions { RetryEnabled = false });
        await _rig.RunAsync(pipeline, failures: 9);
        var off = _rig.Attempts.Count;
        Pipelines.Apply(new ResilienceOptions());
        await _rig.RunAsync(pipeline, failures: 9);

        (off, _rig.Attempts.Count).ShouldBe((1, 4));
    }

    [Fact]
    public async Task The_persister_switch_takes_the_pipeline_away_from_the_persister_only()
    {
        var (persister, other) = (Pipelines.GetOrAdd(PipelineNames.MetricsPersister), Pipelines.GetOrAdd(PipelineNames.EventFlusher));
        persister.Breaker.Isolate("operator", "test");

        Pipelines.Apply(new ResilienceOptions { MetricsPersisterEnabled = false });

        (await _rig.RunAsync(persister)).ShouldBeNull();
        (await _rig.RunAsync(persister, failures: 1)).ShouldBeOfType<InvalidOperationException>();
        (await _rig.RunAsync(other)).ShouldBeOfType<IsolatedCircuitException>();
        (persister.Snapshot().Enabled, persister.Snapshot().Operations).ShouldBe((false, 2));
    }

    [Fact]
    public async Task A_write_of_the_persister_that_hangs_is_ended_in_its_time_tried_again_and_seen_by_the_breaker()
    {
        Pipelines.Apply(new ResilienceOptions { MetricsPersisterAttemptTimeout = TimeSpan.FromSeconds(2) });
        var persister = Pipelines.GetOrAdd(PipelineNames.MetricsPersister);

        var fault = await _rig.RunAsync(persister, NeverAsync);

        fault.ShouldBeOfType<TimeoutRejectedException>().Timeout.ShouldBe(TimeSpan.FromSeconds(2));
        _rig.Attempts.ShouldBe([0.0, 3, 7]);
        persister.Breaker.Snapshot().ConsecutiveFailures.ShouldBe(3);
    }

    [Fact]
    public async Task The_time_of_the_persister_changes_at_run_time_and_is_that_of_no_other()
    {
        var (persister, other) = (Pipelines.GetOrAdd(PipelineNames.MetricsPersister), Pipelines.GetOrAdd(PipelineNames.EventFlusher));
        await _rig.RunAsync(persister);
        _rig.Attempts.Clear();

        Pipelines.Apply(new ResilienceOptions { MetricsPersisterAttemptTimeout = TimeSpan.FromSeconds(1) });

        await _rig.RunAsync(persister, NeverAsync);
        _rig.Attempts.ShouldBe([0.0, 2, 5]);
        other.Snapshot().AttemptTimeout.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Switched_off_a_write_of_the_persister_that_hangs_is_ended_all_the_same()
    {
        Pipelines.Apply(new ResilienceOptions { MetricsPersisterEnabled = false });
        var persister = Pipelines.GetOrAdd(PipelineNames.MetricsPersister);

        var fault = await _rig.RunAsync(persister, NeverAsync);

        fault.ShouldBeOfType<TimeoutRejectedException>().Timeout.ShouldBe(TimeSpan.FromSeconds(5));
        _rig.Attempts.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_attempt_that_may_take_longer_than_the_whole_is_seen_by_the_breaker_too()
    {
        Pipelines.Apply(new ResilienceOptions { MetricsPersisterAttemptTimeout = TimeSpan.FromMinutes(1), RetryEnabled = false });
        var persister = Pipelines.GetOrAdd(PipelineNames.MetricsPersister);

        await _rig.RunAsync(persister, NeverAsync);

        persister.Breaker.Snapshot().ConsecutiveFailures.ShouldBe(1);
        persister.Snapshot().Timeout.ShouldBeNull();
    }

    [Fact]
    public async Task Thresholds_and_attempts_work_at_run_time_and_an_open_circuit_stays_open()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        await _rig.RunAsync(pipeline, failures: 3);
        await _rig.RunAsync(pipeline, failures: 3);

        Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 50, RetryMaxAttempts = 4, RetryBackoffFactor = 1 });

        (await _rig.RunAsync(pipeline)).ShouldBeOfType<BrokenCircuitException>();
        pipeline.Breaker.Reset("operator", "test");
        _rig.Attempts.Clear();
        await _rig.RunAsync(pipeline, failures: 9);
        _rig.Attempts.ShouldBe([0.0, 1, 2, 3]);
        pipeline.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public void A_bad_value_keeps_its_last_good_one_is_named_and_costs_its_neighbours_nothing()
    {
        Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 7 });

        var faults = Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 0, RetryMaxAttempts = 9 });

        faults.ShouldBe([new ResilienceFault("METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD", "must be between 1 and 1000")]);
        (Pipelines.Options.CircuitBreakerThreshold, Pipelines.Options.RetryMaxAttempts).ShouldBe((7, 9));
        _rig.Log.Warnings.ShouldHaveSingleItem().ShouldContain("METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD");
    }

    [Fact]
    public async Task After_a_bad_value_later_reloads_still_work()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        await _rig.RunAsync(pipeline);
        Pipelines.Apply(new ResilienceOptions { RetryBackoffFactor = double.NaN });
        _rig.Attempts.Clear();

        Pipelines.Apply(new ResilienceOptions { RetryMaxAttempts = 2 });
        await _rig.RunAsync(pipeline, failures: 9);

        _rig.Attempts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_pipeline_that_someone_holds_gets_the_new_settings()
    {
        var held = Pipelines.GetOrAdd("test").For<string>();

        Pipelines.Apply(new ResilienceOptions { RetryMaxAttempts = 1 });
        Pipelines.Apply(new ResilienceOptions { RetryMaxAttempts = 2, RetryBackoffFactor = 1 });

        var calls = 0;
        var call = held.ExecuteAsync<string>(_ => ++calls > 0 ? throw new InvalidOperationException() : default).AsTask();
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await call.ShouldThrowAsync<InvalidOperationException>();
        calls.ShouldBe(2);
    }

    [Fact]
    public void A_pipeline_has_its_own_settings_over_those_of_the_product()
    {
        var own = new RetryOptions { MaxAttempts = 7 };
        var pipeline = Pipelines.GetOrAdd("test", new NamedPipelineOptions { Retry = own, Timeout = TimeSpan.FromSeconds(99) });

        Pipelines.Apply(new ResilienceOptions { RetryMaxAttempts = 2 });

        (pipeline.Snapshot().Retry, pipeline.Snapshot().Timeout).ShouldBe((own, TimeSpan.FromSeconds(99)));
    }

    [Fact]
    public void A_breaker_with_settings_of_its_own_keeps_them()
    {
        var own = Pipelines.GetOrAddBreaker("billing", new CircuitBreakerOptions { FailureThreshold = 2 });
        var inherited = Pipelines.GetOrAddBreaker("database");

        Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 9, CircuitBreakerTimeout = TimeSpan.FromSeconds(5) });

        own.Snapshot().Options.FailureThreshold.ShouldBe(2);
        (inherited.Snapshot().Options.FailureThreshold, inherited.Snapshot().Options.BreakDuration).ShouldBe((9, TimeSpan.FromSeconds(5)));
        Pipelines.GetBreaker("billing").ShouldBeSameAs(own);
    }

    [Fact]
    public void Moves_of_every_breaker_are_told_and_logged()
    {
        var told = new List<CircuitTransition>();
        using (Pipelines.Subscribe(told.Add))
        {
            Pipelines.GetOrAddBreaker("later").Isolate("alice", "maintenance");
        }

        Pipelines.GetOrAddBreaker("later").Reset("alice", "done");

        told.ShouldHaveSingleItem().Breaker.ShouldBe("later");
        _rig.Log.Warnings.First().ShouldBe("The circuit breaker later was moved by alice from closed to isolated: maintenance.");
    }

    [Fact]
    public void An_observer_of_all_breakers_that_throws_shows_in_the_numbers_of_the_breaker_that_moved()
    {
        using var throwing = Pipelines.Subscribe(_ => throw new InvalidOperationException("observer"));
        var (moved, other) = (Pipelines.GetOrAddBreaker("moved"), Pipelines.GetOrAddBreaker("other"));

        moved.Isolate("alice", "maintenance");

        (moved.Snapshot().ObserverFaults, other.Snapshot().ObserverFaults).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Pipelines_and_retries_of_a_snapshot_belong_together_while_pipelines_are_made()
    {
        // Each new name comes first, so that one which is in only one of the lists shifts the other.
        var making = Task.Run(() =>
        {
            for (var i = ResiliencePipelines.CountMax; i > 0; i--)
            {
                Pipelines.GetOrAdd($"pipeline {i:D4}");
            }
        });

        do
        {
            var snapshot = Pipelines.Snapshot();
            snapshot.Retries.Select(retry => retry.Name).ShouldBe(snapshot.Pipelines.Select(pipeline => pipeline.Name));
        }
        while (!making.IsCompleted);

        await making;
    }

    [Fact]
    public async Task A_log_line_says_why_a_circuit_opened_and_when_it_is_probed()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 1 });

        await _rig.RunAsync(pipeline, failures: 1);

        _rig.Log.Warnings.ShouldHaveSingleItem().ShouldBe(
            "The circuit breaker database went from closed to open (failures); it is probed again in 60.0 s; the last failure was InvalidOperationException: down.");
    }

    [Fact]
    public async Task Operations_at_the_same_time_are_all_counted()
    {
        var pipelines = new ResiliencePipelines();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                await pipelines.GetOrAdd($"pipeline {i % 4}").ExecuteAsync(async _ =>
                {
                    await Task.Yield();
                    return worker;
                });
            }
        })));

        var snapshot = pipelines.Snapshot();
        snapshot.Pipelines.Select(pipeline => pipeline.Successes).ShouldBe([1_000, 1_000, 1_000, 1_000]);
        snapshot.Retries.Sum(retry => retry.Attempts).ShouldBe(4_000);
        snapshot.Breakers.ShouldHaveSingleItem().Totals.Succeeded.ShouldBe(4_000);
    }

    [Fact]
    public async Task Settings_may_change_while_operations_run()
    {
        var pipelines = new ResiliencePipelines();
        var pipeline = pipelines.GetOrAdd("test");
        using var stop = new CancellationTokenSource();
        var changes = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                pipelines.Apply(new ResilienceOptions { RetryMaxAttempts = 1 + (i % 5) });
            }
        });

        for (var i = 0; i < 2_000; i++)
        {
            await pipeline.ExecuteAsync(_ => ValueTask.FromResult(i));
        }

        await stop.CancelAsync();
        await changes;
        pipeline.Snapshot().Successes.ShouldBe(2_000);
    }

    [Fact]
    public async Task A_cancelled_operation_is_no_failure()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        using var giveUp = new CancellationTokenSource();

        var fault = await _rig.RunAsync(
            pipeline,
            async token =>
            {
                await giveUp.CancelAsync();
                token.ThrowIfCancellationRequested();
                return "never";
            },
            giveUp.Token);

        fault.ShouldBeAssignableTo<OperationCanceledException>();
        (pipeline.Snapshot().Cancelled, pipeline.Snapshot().Failures).ShouldBe((1, 0));
        pipeline.Breaker.Snapshot().Totals.Cancelled.ShouldBe(1);
    }

    [Fact]
    public void Names_cannot_come_from_data()
    {
        for (var i = 0; i < ResiliencePipelines.CountMax; i++)
        {
            Pipelines.GetOrAdd($"pipeline {i}");
        }

        Should.Throw<InvalidOperationException>(() => Pipelines.GetOrAdd("one too many")).Message.ShouldContain("1000");
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(10, 20)]
    public void An_attempt_must_not_take_as_long_as_the_whole(int timeout, int attempt) =>
        Should.Throw<ValidationException>(() => Pipelines.GetOrAdd("test", new NamedPipelineOptions
        {
            Timeout = TimeSpan.FromSeconds(timeout),
            AttemptTimeout = TimeSpan.FromSeconds(attempt),
        }));

    [Fact]
    public void An_attempt_without_a_limit_needs_a_whole_without_one() =>
        Should.Throw<ValidationException>(() => Pipelines.GetOrAdd("test", new NamedPipelineOptions { AttemptTimeout = null }))
            .Message.ShouldContain("Timeout (00:00:30)");

    private static async ValueTask<string> NeverAsync(CancellationToken cancellationToken)
    {
        await PipelineRig.HangAsync(cancellationToken);
        return "never";
    }

    [Fact]
    public void A_successful_call_through_all_parts_but_the_timeouts_allocates_nothing()
    {
        var pipeline = new ResiliencePipelines().GetOrAdd("test", new NamedPipelineOptions { Timeout = null, AttemptTimeout = null });

        var bytes = Allocations.Of(pipeline.For<string>());

        bytes.ShouldBe(0);
    }

    private sealed class PoisonRow : DbException
    {
        public override string SqlState => "22P02";
    }
}

using Holdfast.Resilience;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>The breaker scenarios, by the names they have always had.</summary>
public class CircuitBreakerScenarioTests
{
    [Fact]
    public void Closed_state()
    {
        var rig = new BreakerRig();

        rig.State.ShouldBe(CircuitState.Closed);
        rig.Now.Totals.ShouldBe(new CircuitBreakerTotals());
    }

    [Fact]
    public async Task Success()
    {
        var rig = new BreakerRig();

        var fault = await rig.SucceedAsync();

        fault.ShouldBeNull();
        rig.Now.Totals.Succeeded.ShouldBe(1);
    }

    [Fact]
    public async Task Opens_on_failures()
    {
        var rig = new BreakerRig();

        await rig.FailAsync(5);

        rig.State.ShouldBe(CircuitState.Open);
        (await rig.SucceedAsync()).ShouldBeOfType<BrokenCircuitException>();
    }

    [Fact]
    public async Task Half_open_recovery()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);
        rig.Clock.Advance(BreakerRig.Break);

        await rig.SucceedAsync();
        var between = rig.State;
        await rig.SucceedAsync();

        between.ShouldBe(CircuitState.HalfOpen);
        rig.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public async Task Metrics()
    {
        var rig = new BreakerRig();

        await rig.SucceedAsync();
        await rig.FailAsync(2);

        rig.Now.Totals.ShouldBe(new CircuitBreakerTotals { Succeeded = 1, Failed = 2 });
        rig.Now.ConsecutiveFailures.ShouldBe(2);
    }

    [Fact]
    public async Task Reset()
    {
        var rig = await BreakerRig.InAsync(CircuitState.Open);

        rig.Handle.Reset("operator", "the database is back");

        rig.State.ShouldBe(CircuitState.Closed);
        (await rig.SucceedAsync()).ShouldBeNull();
    }
}

/// <summary>The retry scenarios, by the names they have always had.</summary>
public class RetryScenarioTests
{
    private readonly PipelineRig _rig = new();

    [Fact]
    public async Task Success_first_attempt()
    {
        var pipeline = _rig.Pipelines.GetOrAdd("test");

        var fault = await _rig.RunAsync(pipeline);

        fault.ShouldBeNull();
        _rig.Attempts.ShouldBe([0.0]);
    }

    [Fact]
    public async Task Success_after_failures()
    {
        var pipeline = _rig.Pipelines.GetOrAdd("test");

        var fault = await _rig.RunAsync(pipeline, failures: 2);

        fault.ShouldBeNull();
        _rig.Attempts.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Exhaustion()
    {
        var pipeline = _rig.Pipelines.GetOrAdd("test");

        var fault = await _rig.RunAsync(pipeline, failures: 3);

        fault.ShouldBeOfType<InvalidOperationException>().Message.ShouldBe("down");
        _rig.Attempts.Count.ShouldBe(3);
        pipeline.Retry.Snapshot().Exhausted.ShouldBe(1);
    }

    [Fact]
    public async Task Exponential_backoff()
    {
        var pipeline = Patient(maxAttempts: 5, cap: 60);

        await _rig.RunAsync(pipeline, failures: 4);

        _rig.Attempts.ShouldBe([0.0, 1, 3, 7, 15]);
    }

    [Fact]
    public async Task Max_delay_cap()
    {
        var pipeline = Patient(maxAttempts: 5, cap: 3);

        await _rig.RunAsync(pipeline, failures: 4);

        _rig.Attempts.ShouldBe([0.0, 1, 3, 6, 9]);
    }

    [Fact]
    public async Task Metrics()
    {
        var pipeline = _rig.Pipelines.GetOrAdd("test");

        await _rig.RunAsync(pipeline, failures: 1);
        await _rig.RunAsync(pipeline, failures: 3);

        var retry = pipeline.Retry.Snapshot();
        (retry.Attempts, retry.Retries, retry.Exhausted).ShouldBe((5, 3, 1));
        retry.LastError.ShouldBe("InvalidOperationException: down");
        retry.LastErrorAt.ShouldBe(_rig.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Decorator()
    {
        var calls = 0;
        var quick = new RetryOptions { Backoff = new BackoffSchedule(TimeSpan.Zero, 1, TimeSpan.Zero, 0) };
        Func<int, CancellationToken, Task<int>> divide = (by, _) => ++calls < 3 ? throw new InvalidOperationException() : Task.FromResult(84 / by);

        var resilient = divide.WithResilience(_rig.Pipelines.GetOrAdd("test", new NamedPipelineOptions { Retry = quick }));

        (await resilient(2, CancellationToken.None)).ShouldBe(42);
        calls.ShouldBe(3);
    }

    private NamedPipeline Patient(int maxAttempts, int cap) => _rig.Pipelines.GetOrAdd("patient", new NamedPipelineOptions
    {
        Timeout = TimeSpan.FromMinutes(10),
        Retry = new RetryOptions { MaxAttempts = maxAttempts, Backoff = new BackoffSchedule(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(cap), 0) },
    });
}

/// <summary>The scenarios of wrapper and factory, by the names they have always had.</summary>
public class PipelineScenarioTests
{
    private readonly PipelineRig _rig = new();

    private ResiliencePipelines Pipelines => _rig.Pipelines;

    [Fact]
    public async Task Success()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        (await _rig.RunAsync(pipeline)).ShouldBeNull();

        pipeline.Snapshot().Successes.ShouldBe(1);
    }

    [Fact]
    public async Task Retry_then_success()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        (await _rig.RunAsync(pipeline, failures: 2)).ShouldBeNull();

        (pipeline.Snapshot().Operations, pipeline.Snapshot().Successes, pipeline.Snapshot().Failures).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task Circuit_breaker_opens()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        await _rig.RunAsync(pipeline, failures: 3);
        var fault = await _rig.RunAsync(pipeline, failures: 3);

        // Five real failures open it: three of the first operation, two of the second, whose third attempt is not made any more.
        fault.ShouldBeOfType<BrokenCircuitException>().RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60));
        pipeline.Breaker.State.ShouldBe(CircuitState.Open);
        _rig.Attempts.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Metrics()
    {
        var pipeline = Pipelines.GetOrAdd("test");

        await _rig.RunAsync(pipeline);
        await _rig.RunAsync(pipeline);
        await _rig.RunAsync(pipeline);
        await _rig.RunAsync(pipeline, failures: 3);

        var snapshot = pipeline.Snapshot();
        (snapshot.Operations, snapshot.Successes, snapshot.Failures, snapshot.SuccessRate).ShouldBe((4, 3, 1, 75.0));
    }

    [Fact]
    public async Task Reset()
    {
        var pipeline = Pipelines.GetOrAdd("test");
        await _rig.RunAsync(pipeline, failures: 3);
        await _rig.RunAsync(pipeline, failures: 3);

        Pipelines.Reset("test", "operator", "fresh start").ShouldBeTrue();

        var (after, retry) = (pipeline.Snapshot(), pipeline.Retry.Snapshot());
        (after.Operations, after.SuccessRate).ShouldBe((0, null));
        (retry.Attempts, retry.Retries, retry.Exhausted, retry.LastError).ShouldBe((0, 0, 0, null));
        pipeline.Breaker.State.ShouldBe(CircuitState.Closed);
        pipeline.Breaker.Snapshot().Totals.ShouldBe(new CircuitBreakerTotals());
    }

    [Fact]
    public void Factory_create()
    {
        var pipeline = Pipelines.GetOrAdd("test", new NamedPipelineOptions { Breaker = "billing" });

        pipeline.Name.ShouldBe("test");
        pipeline.Breaker.Name.ShouldBe("billing");
    }

    [Fact]
    public void Factory_get_existing()
    {
        var first = Pipelines.GetOrAdd("test");

        Pipelines.GetOrAdd("test", new NamedPipelineOptions { Breaker = "later options do not count" }).ShouldBeSameAs(first);
        Pipelines.Get("test").ShouldBeSameAs(first);
    }

    [Fact]
    public void Factory_get_nonexistent()
    {
        Pipelines.Get("nobody").ShouldBeNull();
        Pipelines.GetBreaker("nobody").ShouldBeNull();
        Pipelines.Reset("nobody", "operator", "test").ShouldBeFalse();
    }

    [Fact]
    public void Factory_get_all_metrics()
    {
        Pipelines.GetOrAdd("b");
        Pipelines.GetOrAdd("a");

        var snapshot = Pipelines.Snapshot();

        snapshot.Pipelines.Select(pipeline => pipeline.Name).ShouldBe(["a", "b"]);
        snapshot.Retries.Select(retry => retry.Name).ShouldBe(["a", "b"]);
        snapshot.Breakers.Select(breaker => breaker.Name).ShouldBe(["database"]);
        snapshot.At.ShouldBe(_rig.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Factory_reset_all()
    {
        var (first, second) = (Pipelines.GetOrAdd("first"), Pipelines.GetOrAdd("second", new NamedPipelineOptions { Breaker = "other" }));
        await _rig.RunAsync(first, failures: 3);
        second.Breaker.Isolate("operator", "test");

        Pipelines.ResetAll("operator", "fresh start");

        first.Snapshot().Operations.ShouldBe(0);
        first.Breaker.Snapshot().ConsecutiveFailures.ShouldBe(0);
        second.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public async Task Factory_clear()
    {
        var before = Pipelines.GetOrAdd("test");

        Pipelines.Clear();

        Pipelines.Get("test").ShouldBeNull();
        Pipelines.Snapshot().Breakers.ShouldBeEmpty();
        Pipelines.GetOrAdd("test").ShouldNotBeSameAs(before);
        (await _rig.RunAsync(before)).ShouldBeNull("who holds a pipeline can go on with it");
    }
}

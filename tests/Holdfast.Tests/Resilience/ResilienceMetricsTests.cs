using System.Diagnostics.Metrics;
using Holdfast.Resilience;
using Polly;

namespace Holdfast.Tests.Resilience;

/// <summary>Names and attributes are a contract with other people's dashboards.</summary>
public sealed class ResilienceMetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Name, double Value, Dictionary<string, object?> Tags)> _seen = [];

    public ResilienceMetricsTests()
    {
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => See(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => See(instrument, value, tags));
    }

    [Fact]
    public async Task Breakers_and_pipelines_are_shown_as_they_are()
    {
        var rig = new PipelineRig();
        using var metrics = new ResilienceMetrics(rig.Pipelines);
        Listen(metrics);
        var pipeline = rig.Pipelines.GetOrAdd("metrics test");
        await rig.RunAsync(pipeline, failures: 3);
        await rig.RunAsync(pipeline, failures: 3);
        await rig.RunAsync(pipeline);

        _listener.RecordObservableInstruments();

        Value("holdfast.circuit_breaker.state", ("breaker", "database"), ("state", "open")).ShouldBe(1);
        Value("holdfast.circuit_breaker.state", ("breaker", "database"), ("state", "closed")).ShouldBe(0);
        Value("holdfast.circuit_breaker.consecutive_failures", ("breaker", "database")).ShouldBe(0);
        Value("holdfast.circuit_breaker.rejected", ("breaker", "database")).ShouldBe(2);
        Value("holdfast.circuit_breaker.calls", ("breaker", "database"), ("result", "failed")).ShouldBe(5);
        Value("holdfast.resilience.operations", ("pipeline", "metrics test"), ("result", "rejected")).ShouldBe(2);
        Value("holdfast.circuit_breaker.transitions", ("breaker", "database"), ("from", "closed"), ("to", "open"), ("reason", "failures"), ("is_manual", false))
            .ShouldBe(1);
    }

    [Fact]
    public async Task What_a_breaker_did_and_when_and_what_retries_came_to_is_shown()
    {
        var rig = new PipelineRig();
        using var metrics = new ResilienceMetrics(rig.Pipelines);
        Listen(metrics);
        var pipeline = rig.Pipelines.GetOrAdd("metrics test");
        await rig.RunAsync(pipeline);
        await rig.RunAsync(pipeline, failures: 3);
        await rig.RunAsync(pipeline, failures: 3);
        var openedAt = pipeline.Breaker.Snapshot().OpenedAt!.Value.ToUnixTimeMilliseconds() / 1000.0;

        _listener.RecordObservableInstruments();

        Value("holdfast.circuit_breaker.opened", ("breaker", "database")).ShouldBe(1);
        Value("holdfast.circuit_breaker.opened_timestamp", ("breaker", "database")).ShouldBe(openedAt);
        Value("holdfast.circuit_breaker.last_failure_timestamp", ("breaker", "database")).ShouldBe(openedAt);
        Value("holdfast.circuit_breaker.next_attempt_timestamp", ("breaker", "database")).ShouldBe(openedAt + 60);
        Value("holdfast.resilience.retry.retries", ("pipeline", "metrics test")).ShouldBe(4);
        Value("holdfast.resilience.retry.exhausted", ("pipeline", "metrics test")).ShouldBe(1);
        Value("holdfast.resilience.success", ("pipeline", "metrics test")).ShouldBe(0.5);
    }

    [Fact]
    public async Task Successes_of_a_half_open_circuit_are_shown_and_what_has_no_value_is_not()
    {
        var rig = new PipelineRig();
        using var metrics = new ResilienceMetrics(rig.Pipelines);
        Listen(metrics);
        var pipeline = rig.Pipelines.GetOrAdd("metrics test");
        pipeline.Breaker.Trip(TimeSpan.FromSeconds(1), "test", "test");
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await rig.RunAsync(pipeline);

        _listener.RecordObservableInstruments();

        Value("holdfast.circuit_breaker.half_open_successes", ("breaker", "database")).ShouldBe(1);
        _seen.ShouldNotContain(one => one.Name == "holdfast.circuit_breaker.next_attempt_timestamp", "it is not open");
        _seen.ShouldNotContain(one => one.Name == "holdfast.circuit_breaker.last_failure_timestamp", "nothing has failed");
    }

    [Fact]
    public async Task Pollys_telemetry_has_the_instruments_of_pollys_own_extensions()
    {
        using var polly = new PollyMeterListener();
        Listen(polly);
        var handle = new CircuitBreakerHandle("metrics test");
        var pipeline = new ResiliencePipelineBuilder<string> { Name = "polly test", TelemetryListener = polly }
            .AddBackoffRetry(new BackoffRetryOptions<string>
            {
                Retry = new RetryOptions { MaxAttempts = 2, Backoff = new BackoffSchedule(TimeSpan.Zero, 1, TimeSpan.Zero, 0) },
            })
            .AddConsecutiveCircuitBreaker(new ConsecutiveCircuitBreakerStrategyOptions<string> { Handle = handle, FailureThreshold = 2 })
            .Build();
        var context = ResilienceContextPool.Shared.Get("write");

        await pipeline.ExecuteOutcomeAsync(
            static (_, _) => new ValueTask<Outcome<string>>(Outcome.FromException<string>(new InvalidOperationException())), context, 0);

        ResilienceContextPool.Shared.Return(context);
        (string, object?)[] common = [("pipeline.name", "polly test"), ("operation.key", "write"), ("exception.type", "System.InvalidOperationException")];
        Value("resilience.polly.strategy.events",
            [("event.name", "OnCircuitOpened"), ("event.severity", "Error"), ("strategy.name", "ConsecutiveCircuitBreaker"), .. common]).ShouldBe(1);
        Value("resilience.polly.strategy.events",
            [("event.name", "OnRetry"), ("event.severity", "Warning"), ("strategy.name", "Retry"), .. common]).ShouldBe(1);
        Value("resilience.polly.strategy.attempt.duration",
            [("event.name", "ExecutionAttempt"), ("attempt.number", 1), ("attempt.handled", true), .. common]).ShouldBeGreaterThanOrEqualTo(0);
        Value("resilience.polly.pipeline.duration", [("event.name", "PipelineExecuted"), .. common]).ShouldBeGreaterThanOrEqualTo(0);
        Value("holdfast.resilience.retry.attempts", ("pipeline", "polly test"), ("attempt.number", 0), ("attempt.handled", true)).ShouldBe(1);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Listens to the meters of this owner only: other tests have some of the same name.</summary>
    private void Listen(object owner)
    {
        var meters = owner.GetType()
            .GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)
            .Select(field => field.GetValue(owner)).OfType<Meter>().ToHashSet();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Contains(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
    }

    private void See(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _seen.Add((instrument.Name, value, new Dictionary<string, object?>(tags.ToArray(), StringComparer.Ordinal)));

    private double Value(string name, params (string Key, object? Value)[] tags) => _seen
        .Where(one => one.Name == name && tags.All(tag => one.Tags.TryGetValue(tag.Key, out var value) && Equals(value, tag.Value)))
        .ShouldHaveSingleItem($"{name} {string.Join(", ", tags)}").Value;
}

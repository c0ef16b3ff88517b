using System.Diagnostics.Metrics;
using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>The numbers of breakers and pipelines as metrics: read when they are collected, but for the transitions, which are counted as they come.</summary>
public sealed class ResilienceMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Holdfast.Resilience";

    private static readonly CircuitState[] States = Enum.GetValues<CircuitState>();

    private readonly Meter _meter;
    private readonly Counter<long> _transitions;
    private readonly IDisposable _subscription;
    private readonly ResiliencePipelines _pipelines;

    /// <summary>Makes the instruments.</summary>
    /// <param name="pipelines">What they show.</param>
    /// <param name="scope">Scope of the meter, for a listener that means only these. Default: none.</param>
    public ResilienceMetrics(ResiliencePipelines pipelines, object? scope = null)
    {
        ArgumentNullException.ThrowIfNull(pipelines);
        _pipelines = pipelines;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        AddBreakers();
        AddPipelines();
        _transitions = _meter.CreateCounter<long>("holdfast.circuit_breaker.transitions", "{transition}", "Moves of circuits.");
        _subscription = pipelines.Subscribe(Count);
    }

    /// <summary>Ends the instruments.</summary>
    public void Dispose()
    {
        _subscription.Dispose();
        _meter.Dispose();
    }

    private void AddBreakers()
    {
        _meter.CreateObservableGauge("holdfast.circuit_breaker.state", ObserveStates, description: "1 for the state a circuit is in, 0 for the others.");
        _meter.CreateObservableGauge(
            "holdfast.circuit_breaker.consecutive_failures", () => OfBreakers(breaker => breaker.ConsecutiveFailures), "{failure}", "Failures in a row while closed.");
        _meter.CreateObservableGauge(
            "holdfast.circuit_breaker.half_open_successes", () => OfBreakers(breaker => breaker.HalfOpenSuccesses), "{call}", "Probes that succeeded since the circuit became half-open.");
        _meter.CreateObservableCounter(
            "holdfast.circuit_breaker.rejected", () => OfBreakers(breaker => breaker.Totals.Rejected), "{call}", "Calls that were not let in.");
        _meter.CreateObservableCounter("holdfast.circuit_breaker.calls", ObserveCalls, "{call}", "Calls that were let in, by what they came to.");
        _meter.CreateObservableCounter(
            "holdfast.circuit_breaker.opened", () => OfBreakers(breaker => breaker.Totals.Opened), "{time}", "How often a circuit has opened by itself or was tripped.");
        _meter.CreateObservableGauge(
            "holdfast.circuit_breaker.opened_timestamp", () => OfBreakers(breaker => breaker.OpenedAt), "s", "When a circuit opened last, in seconds since 1970; absent if it never has.");
        _meter.CreateObservableGauge(
            "holdfast.circuit_breaker.next_attempt_timestamp", () => OfBreakers(breaker => breaker.NextAttemptAt), "s", "When an open circuit lets the next call in, in seconds since 1970; absent unless open.");
        _meter.CreateObservableGauge(
            "holdfast.circuit_breaker.last_failure_timestamp", () => OfBreakers(breaker => breaker.LastFailureAt), "s", "When a call failed last, in seconds since 1970; absent if none has.");
    }

    private void AddPipelines()
    {
        _meter.CreateObservableCounter("holdfast.resilience.operations", ObserveOperations, "{operation}", "Operations of pipelines, by what they came to.");
        _meter.CreateObservableGauge(
            "holdfast.resilience.success", ObserveSuccess, "1", "Operations that succeeded, of those that succeeded or failed; absent before the first.");
        _meter.CreateObservableCounter(
            "holdfast.resilience.retry.retries", () => OfRetries(retry => retry.Retries), "{attempt}", "Failed attempts after which another one was due.");
        _meter.CreateObservableCounter(
            "holdfast.resilience.retry.exhausted", () => OfRetries(retry => retry.Exhausted), "{operation}", "Operations given up after their last attempt.");
    }

    private void Count(CircuitTransition transition) => _transitions.Add(
        1,
        new("breaker", transition.Breaker),
        new("from", ResilienceNames.Of(transition.From)),
        new("to", ResilienceNames.Of(transition.To)),
        new("reason", ResilienceNames.Of(transition.Cause)),
        new("is_manual", transition.IsManual));

    private IEnumerable<Measurement<int>> ObserveStates() =>
        from breaker in _pipelines.Snapshot().Breakers
        from state in States
        select new Measurement<int>(breaker.State == state ? 1 : 0, new("breaker", breaker.Name), new("state", ResilienceNames.Of(state)));

    private IEnumerable<Measurement<long>> ObserveCalls() =>
        _pipelines.Snapshot().Breakers.SelectMany(breaker => Results("breaker", breaker.Name,
            ("succeeded", breaker.Totals.Succeeded),
            ("failed", breaker.Totals.Failed),
            ("cancelled", breaker.Totals.Cancelled),
            ("ignored", breaker.Totals.Ignored),
            ("stale", breaker.Totals.Stale)));

    private IEnumerable<Measurement<long>> ObserveOperations() =>
        _pipelines.Snapshot().Pipelines.SelectMany(pipeline => Results("pipeline", pipeline.Name,
            ("succeeded", pipeline.Successes),
            ("failed", pipeline.Failures),
            ("rejected", pipeline.Rejected),
            ("cancelled", pipeline.Cancelled)));

    private static IEnumerable<Measurement<long>> Results(string kind, string name, params (string Result, long Count)[] results) =>
        results.Select(result => new Measurement<long>(result.Count, new(kind, name), new("result", result.Result)));

    private IEnumerable<Measurement<double>> ObserveSuccess() =>
        from pipeline in _pipelines.Snapshot().Pipelines
        where pipeline.SuccessRate is not null
        select new Measurement<double>(pipeline.SuccessRate!.Value / 100, Tag("pipeline", pipeline.Name));

    private IEnumerable<Measurement<long>> OfBreakers(Func<CircuitBreakerSnapshot, long> number) =>
        _pipelines.Snapshot().Breakers.Select(breaker => new Measurement<long>(number(breaker), Tag("breaker", breaker.Name)));

    private IEnumerable<Measurement<double>> OfBreakers(Func<CircuitBreakerSnapshot, DateTimeOffset?> instant) =>
        from breaker in _pipelines.Snapshot().Breakers
        let at = instant(breaker)
        where at is not null
        select new Measurement<double>(at.Value.ToUnixTimeMilliseconds() / 1000.0, Tag("breaker", breaker.Name));

    private IEnumerable<Measurement<long>> OfRetries(Func<RetrySnapshot, long> number) =>
        _pipelines.Snapshot().Retries.Select(retry => new Measurement<long>(number(retry), Tag("pipeline", retry.Name)));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}

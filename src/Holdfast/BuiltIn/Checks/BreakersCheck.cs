using Holdfast.Resilience;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly.CircuitBreaker;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether the circuit breakers let everything through. One that somebody has opened by hand is as he wants it: that is no fault, but said.</summary>
internal sealed class BreakersCheck(ResiliencePipelines pipelines) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var breakers = pipelines.Snapshot().Breakers;
        var found = new Found().Value("open", breakers.Count(breaker => breaker.State != CircuitState.Closed));
        foreach (var breaker in breakers.Where(breaker => breaker.State != CircuitState.Closed))
        {
            var stops = breaker is { State: CircuitState.Open, Name: PipelineNames.Database } && !IsByHand(breaker);
            var sentence = $"The circuit breaker '{breaker.Name}' is {ResilienceNames.Of(breaker.State)}{(IsByHand(breaker) ? ", by hand" : "")}.";
            found.FailIf(stops, sentence).WarnIf(!stops, sentence);
        }

        return found.AsTask();
    }

    /// <summary>Somebody has put it into the state that it is in.</summary>
    public static bool IsByHand(CircuitBreakerSnapshot breaker) => breaker.Transitions is [.., { IsManual: true }];
}

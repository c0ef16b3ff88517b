using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Polly.CircuitBreaker;

namespace Holdfast.Monitoring;

/// <summary>What is known of the database without asking it: its kind, whether it takes data, and what its circuit breakers let through.</summary>
internal sealed class DatabaseStatus(string kind, StoreState state, ResiliencePipelines pipelines)
{
    /// <summary><c>sqlite</c>, <c>postgres</c>.</summary>
    public string Kind => kind;

    /// <summary>Adds what is wrong, each with what happens next.</summary>
    public void AddProblems(List<string> problems, DateTimeOffset now)
    {
        // A breaker that someone has moved explains itself below.
        if (state.Now is { Available: false, Fault: not StoreUnavailableException.CircuitOpen } condition)
        {
            problems.Add($"{condition.Explanation} Data waits in the spool.");
        }

        if (state.Suspicion is not null)
        {
            problems.Add($"The schema of the store has probably been changed: it refuses rows by the hundred, which are parked in the spool and tried again. {StoreFaults.AdviceFor("suspect_schema")}");
        }

        problems.AddRange(pipelines.Snapshot().Breakers.Where(breaker => breaker.State != CircuitState.Closed).Select(breaker => Explain(breaker, now)));
    }

    /// <summary>
    /// <c>[{name, state, failures, last_failure, opened_at, next_attempt_at}]</c>, instants in unix milliseconds or null. Those of the adapters are
    /// shown with them.
    /// </summary>
    public void WriteBreakers(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var breaker in pipelines.Snapshot().Breakers.Where(breaker => !PipelineNames.IsOfAdapter(breaker.Name)))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, breaker.Name);
            json.WriteString("state"u8, ResilienceNames.Of(breaker.State));
            json.WriteNumber("failures"u8, breaker.ConsecutiveFailures);
            json.WriteString("last_failure"u8, breaker.LastFailure);
            WriteInstant(json, "opened_at", breaker.OpenedAt);
            WriteInstant(json, "next_attempt_at", breaker.NextAttemptAt);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Explain(CircuitBreakerSnapshot breaker, DateTimeOffset now) => breaker.State switch
    {
        CircuitState.Open => $"The circuit breaker '{breaker.Name}' is open{Because(breaker)}: {Waiting(breaker)}, and it is tried again in {SecondsLeft(breaker, now)} s.",
        CircuitState.HalfOpen => $"The circuit breaker '{breaker.Name}' is half-open: it is being tried whether it answers again.",
        _ => $"An operator has isolated the circuit breaker '{breaker.Name}': {Waiting(breaker)} until POST /api/breakers/{breaker.Name}/reset.",
    };

    private static string Waiting(CircuitBreakerSnapshot breaker) => PipelineNames.IsOfAdapter(breaker.Name) ? "who watches over it waits" : "data waits in the spool";

    private static string Because(CircuitBreakerSnapshot breaker) => breaker.LastFailure is { } failure ? $" ({failure})" : "";

    private static long SecondsLeft(CircuitBreakerSnapshot breaker, DateTimeOffset now) =>
        (long)Math.Max(0, Math.Ceiling(((breaker.NextAttemptAt ?? now) - now).TotalSeconds));

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } instant)
        {
            json.WriteNumber(name, instant.ToUnixTimeMilliseconds());
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

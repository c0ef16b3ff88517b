using System.Text.Json;

namespace Holdfast.Resilience;

/// <summary>
/// The answer of <c>GET /metrics/resilience</c>: <c>{breakers: {name: ...}, retries: {name: ...}, pipelines: {name: ...}, dead_letters:
/// {...}, timestamp}</c>. Durations are in seconds.
/// </summary>
internal static class ResilienceJson
{
    public static void Write(Utf8JsonWriter json, ResilienceSnapshot snapshot, DeadLetterSnapshot deadLetters)
    {
        json.WriteStartObject();
        WriteNamed(json, "breakers", snapshot.Breakers, breaker => breaker.Name, WriteBreaker);
        WriteNamed(json, "retries", snapshot.Pipelines.Zip(snapshot.Retries), pair => pair.Second.Name, WriteRetry);
        WriteNamed(json, "pipelines", snapshot.Pipelines, pipeline => pipeline.Name, WritePipeline);
        WriteDeadLetters(json, deadLetters);
        json.WriteString("timestamp"u8, snapshot.At.UtcDateTime);
        json.WriteEndObject();
    }

    /// <summary>One breaker, also the answer of <c>/api/breakers/{name}</c>.</summary>
    public static void WriteBreaker(Utf8JsonWriter json, CircuitBreakerSnapshot breaker)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, breaker.Name);
        json.WriteString("state"u8, ResilienceNames.Of(breaker.State));
        json.WriteBoolean("enabled"u8, breaker.Options.Enabled);
        json.WriteNumber("generation"u8, breaker.Generation);
        json.WriteNumber("failures_in_a_row"u8, breaker.ConsecutiveFailures);
        json.WriteNumber("half_open_successes"u8, breaker.HalfOpenSuccesses);
        json.WriteNumber("probes"u8, breaker.Probes);
        WriteTotals(json, breaker.Totals);
        json.WriteString("last_failure"u8, breaker.LastFailure);
        WriteInstant(json, "last_failure_at", breaker.LastFailureAt);
        WriteInstant(json, "opened_at", breaker.OpenedAt);
        WriteInstant(json, "next_attempt_at", breaker.NextAttemptAt);
        json.WriteNumber("observer_faults"u8, breaker.ObserverFaults);
        json.WriteNumber("transitions_untold"u8, breaker.TransitionsUntold);
        WriteSettings(json, breaker.Options);
        json.WriteStartArray("transitions"u8);
        foreach (var transition in breaker.Transitions)
        {
            WriteTransition(json, transition);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>One move, also the data of its monitoring event.</summary>
    public static void WriteTransition(Utf8JsonWriter json, CircuitTransition transition)
    {
        json.WriteStartObject();
        json.WriteString("breaker"u8, transition.Breaker);
        json.WriteString("from"u8, ResilienceNames.Of(transition.From));
        json.WriteString("to"u8, ResilienceNames.Of(transition.To));
        WriteInstant(json, "at", transition.At);
        json.WriteNumber("generation"u8, transition.Generation);
        json.WriteString("cause"u8, ResilienceNames.Of(transition.Cause));
        json.WriteBoolean("is_manual"u8, transition.IsManual);
        WriteSeconds(json, "break_seconds", transition.BreakDuration);
        json.WriteString("failure"u8, transition.Failure);
        json.WriteString("actor"u8, transition.Actor);
        json.WriteString("reason"u8, transition.Reason);
        json.WriteEndObject();
    }

    private static void WriteTotals(Utf8JsonWriter json, CircuitBreakerTotals totals)
    {
        json.WriteStartObject("totals"u8);
        json.WriteNumber("calls"u8, totals.Calls);
        json.WriteNumber("executed"u8, totals.Executed);
        json.WriteNumber("succeeded"u8, totals.Succeeded);
        json.WriteNumber("failed"u8, totals.Failed);
        json.WriteNumber("cancelled"u8, totals.Cancelled);
        json.WriteNumber("ignored"u8, totals.Ignored);
        json.WriteNumber("rejected"u8, totals.Rejected);
        json.WriteNumber("stale"u8, totals.Stale);
        json.WriteNumber("opened"u8, totals.Opened);
        json.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter json, CircuitBreakerOptions options)
    {
        json.WriteStartObject("settings"u8);
        json.WriteNumber("failure_threshold"u8, options.FailureThreshold);
        json.WriteNumber("success_threshold"u8, options.SuccessThreshold);
        json.WriteNumber("half_open_max_concurrency"u8, options.HalfOpenMaxConcurrency);
        WriteSeconds(json, "break_seconds", options.BreakDuration);
        WriteSeconds(json, "probe_lease_seconds", options.ProbeLease);
        json.WriteEndObject();
    }

    private static void WriteRetry(Utf8JsonWriter json, (PipelineSnapshot Pipeline, RetrySnapshot Retry) pair)
    {
        var (settings, retry) = (pair.Pipeline.Retry, pair.Retry);
        json.WriteStartObject();
        json.WriteNumber("attempts"u8, retry.Attempts);
        json.WriteNumber("retries"u8, retry.Retries);
        json.WriteNumber("exhausted"u8, retry.Exhausted);
        json.WriteString("last_error"u8, retry.LastError);
        WriteInstant(json, "last_error_at", retry.LastErrorAt);
        json.WriteStartObject("settings"u8);
        json.WriteNumber("max_attempts"u8, settings.MaxAttempts);
        WriteSeconds(json, "initial_delay_seconds", settings.Backoff.Initial);
        json.WriteNumber("backoff_factor"u8, settings.Backoff.Factor);
        WriteSeconds(json, "max_delay_seconds", settings.Backoff.Cap);
        json.WriteNumber("jitter"u8, settings.Backoff.Jitter);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePipeline(Utf8JsonWriter json, PipelineSnapshot pipeline)
    {
        json.WriteStartObject();
        json.WriteBoolean("enabled"u8, pipeline.Enabled);
        json.WriteString("breaker"u8, pipeline.Breaker);
        json.WriteNumber("operations"u8, pipeline.Operations);
        json.WriteNumber("successes"u8, pipeline.Successes);
        json.WriteNumber("failures"u8, pipeline.Failures);
        json.WriteNumber("rejected"u8, pipeline.Rejected);
        json.WriteNumber("cancelled"u8, pipeline.Cancelled);
        WriteNumber(json, "success_rate", pipeline.SuccessRate);
        WriteSeconds(json, "timeout_seconds", pipeline.Timeout);
        WriteSeconds(json, "attempt_timeout_seconds", pipeline.AttemptTimeout);
        json.WriteEndObject();
    }

    private static void WriteDeadLetters(Utf8JsonWriter json, DeadLetterSnapshot deadLetters)
    {
        json.WriteStartObject("dead_letters"u8);
        json.WriteBoolean("enabled"u8, deadLetters.Enabled);
        json.WriteNumber("dead_lettered"u8, deadLetters.DeadLettered);
        json.WriteNumber("parked"u8, deadLetters.Parked);
        WriteCounts(json, "letters", deadLetters.Letters);
        WriteCounts(json, "since_start", deadLetters.SinceStart);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyList<(string Name, long Count)> counts)
    {
        json.WriteStartObject(name);
        foreach (var (what, count) in counts)
        {
            json.WriteNumber(what, count);
        }

        json.WriteEndObject();
    }

    private static void WriteNamed<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Func<T, string> nameOf, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject(name);
        foreach (var item in items)
        {
            json.WritePropertyName(nameOf(item));
            write(json, item);
        }

        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } instant)
        {
            json.WriteString(name, instant.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? duration) => WriteNumber(json, name, duration?.TotalSeconds);

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

using System.Text;
using System.Text.Json;
using Holdfast.Resilience;

namespace Holdfast.Tests.Resilience;

public class ResilienceJsonTests
{
    [Fact]
    public async Task The_answer_has_every_number_under_its_name()
    {
        var rig = new PipelineRig();
        var pipeline = rig.Pipelines.GetOrAdd(PipelineNames.MetricsPersister);
        rig.Pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 2 });
        await rig.RunAsync(pipeline, failures: 0);
        await rig.RunAsync(pipeline, failures: 2);

        var json = Write(rig.Pipelines.Snapshot());

        json.ShouldBe(
            """
            {
              "breakers": {
                "database": {
                  "name": "database",
                  "state": "open",
                  "enabled": true,
                  "generation": 2,
                  "failures_in_a_row": 0,
                  "half_open_successes": 0,
                  "probes": 0,
                  "totals": {
                    "calls": 4,
                    "executed": 3,
                    "succeeded": 1,
                    "failed": 2,
                    "cancelled": 0,
                    "ignored": 0,
                    "rejected": 1,
                    "stale": 0,
                    "opened": 1
                  },
                  "last_failure": "InvalidOperationException: down",
                  "last_failure_at": "2026-01-01T00:00:01Z",
                  "opened_at": "2026-01-01T00:00:01Z",
                  "next_attempt_at": "2026-01-01T00:01:01Z",
                  "observer_faults": 0,
                  "transitions_untold": 0,
                  "settings": {
                    "failure_threshold": 2,
                    "success_threshold": 2,
                    "half_open_max_concurrency": 1,
                    "break_seconds": 60,
                    "probe_lease_seconds": 30
                  },
                  "transitions": [
                    {
                      "breaker": "database",
                      "from": "closed",
                      "to": "open",
                      "at": "2026-01-01T00:00:01Z",
                      "generation": 2,
                      "cause": "failures",
                      "is_manual": false,
                      "break_seconds": 60,
                      "failure": "InvalidOperationException: down",
                      "actor": null,
                      "reason": null
                    }
                  ]
                }
              },
              "retries": {
                "metrics_persister_db": {
                  "attempts": 3,
                  "retries": 2,
                  "exhausted": 0,
                  "last_error": "InvalidOperationException: down",
                  "last_error_at": "2026-01-01T00:00:01Z",
                  "settings": {
                    "max_attempts": 3,
                    "initial_delay_seconds": 1,
                    "backoff_factor": 2,
                    "max_delay_seconds": 60,
                    "jitter": 0.1
                  }
                }
              },
              "pipelines": {
                "metrics_persister_db": {
                  "enabled": true,
                  "breaker": "database",
                  "operations": 2,
                  "successes": 1,
                  "failures": 0,
                  "rejected": 1,
                  "cancelled": 0,
                  "success_rate": 100,
                  "timeout_seconds": 30,
                  "attempt_timeout_seconds": 5
                }
              },
              "dead_letters": {
                "enabled": true,
                "dead_lettered": 7,
                "parked": 1,
                "letters": {
                  "pending": 5
                },
                "since_start": {
                  "recovered": 2
                }
              },
              "timestamp": "2026-01-01T00:00:03Z"
            }
            """);
    }

    [Fact]
    public void What_is_unknown_is_null()
    {
        var pipelines = new ResiliencePipelines();
        pipelines.GetOrAdd("quiet", new NamedPipelineOptions { Timeout = null, AttemptTimeout = null });

        using var json = JsonDocument.Parse(Write(pipelines.Snapshot()));

        var (pipeline, breaker) = (json.RootElement.GetProperty("pipelines").GetProperty("quiet"), json.RootElement.GetProperty("breakers").GetProperty("database"));
        JsonElement[] unknown =
        [
            pipeline.GetProperty("success_rate"), pipeline.GetProperty("timeout_seconds"), breaker.GetProperty("last_failure"),
            breaker.GetProperty("opened_at"), breaker.GetProperty("next_attempt_at"),
        ];
        unknown.ShouldAllBe(value => value.ValueKind == JsonValueKind.Null);
    }

    private static string Write(ResilienceSnapshot snapshot)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            ResilienceJson.Write(json, snapshot, new DeadLetterSnapshot(true, 7, 1) { Letters = [("pending", 5)], SinceStart = [("recovered", 2)] });
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

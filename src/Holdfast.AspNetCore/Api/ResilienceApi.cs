using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Resilience;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /metrics/resilience</c>: every number of breakers, retries, pipelines and dead letters. From memory, whatever the database does.</summary>
internal sealed class ResilienceApi(ResiliencePipelines pipelines, Flusher flusher, DeadLetterCounters letters)
{
    public Task MetricsAsync(HttpContext context)
    {
        // As of the last sample of the ledger, which is taken every few seconds.
        var ledger = flusher.Ledger;
        var deadLetters = new DeadLetterSnapshot(
            pipelines.Options.DeadLettersEnabled,
            ledger.Events.DeadLettered + ledger.Samples.DeadLettered,
            ledger.Events.Parked + ledger.Samples.Parked)
        {
            Letters = Letters(),
            SinceStart = SinceStart(),
        };
        return Answer.JsonAsync(context, json => ResilienceJson.Write(json, pipelines.Snapshot(), deadLetters));
    }

    private (string, long)[] Letters()
    {
        var totals = letters.Totals;
        return
        [
            ("pending", totals.Pending), ("retrying", totals.Retrying), ("recovered", totals.Recovered), ("failed", totals.Failed),
            ("discarded", totals.Discarded), ("size_bytes", totals.SizeBytes),
        ];
    }

    private (string, long)[] SinceStart() =>
    [
        ("stored", flusher.DeadLetteredRows), ("replayed", letters.Replayed), ("recovered", letters.Recovered), ("failed", letters.Failed),
        ("discarded", letters.Discarded), ("purged", letters.Purged),
    ];
}

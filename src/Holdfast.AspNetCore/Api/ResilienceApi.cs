using Holdfast.Pipeline;
using Holdfast.Resilience;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /metrics/resilience</c>: every number of breakers, retries, pipelines and dead letters. From memory, whatever the database does.</summary>
internal sealed class ResilienceApi(ResiliencePipelines pipelines, Flusher flusher)
{
    public Task MetricsAsync(HttpContext context)
    {
        // As of the last sample of the ledger, which is taken every few seconds.
        var ledger = flusher.Ledger;
        var deadLetters = new DeadLetterSnapshot(
            pipelines.Options.DeadLettersEnabled,
            ledger.Events.DeadLettered + ledger.Samples.DeadLettered,
            ledger.Events.Parked + ledger.Samples.Parked);
        return Answer.JsonAsync(context, json => ResilienceJson.Write(json, pipelines.Snapshot(), deadLetters));
    }
}

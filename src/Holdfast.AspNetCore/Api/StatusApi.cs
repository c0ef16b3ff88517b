using System.Text.Json;
using Holdfast.AspNetCore.Security;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>How the server does: status, health probes and the ledger. From memory, so it answers whatever the store does.</summary>
internal sealed class StatusApi(ServiceStatus status, Overview overview, Flusher flusher, LifecycleState lifecycle, TimeProvider time)
{
    private static readonly TimeSpan LedgerPatience = TimeSpan.FromSeconds(1);

    /// <summary><c>GET /status</c></summary>
    public Task StatusAsync(HttpContext context) => Answer.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        foreach (var (key, value) in overview.Values())
        {
            json.WritePropertyName(key);
            value(json);
        }

        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    });

    /// <summary><c>GET /api/overview</c>: the snapshot that the page starts from.</summary>
    public async Task OverviewAsync(HttpContext context)
    {
        await overview.PrepareAsync(context.RequestAborted);
        await Answer.JsonAsync(context, overview.Write);
    }

    /// <summary><c>GET /api/ledger</c>: a sample taken now, or the last one when the flusher is busy for longer than a second.</summary>
    public async Task LedgerAsync(HttpContext context)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(LedgerPatience);
        LedgerSnapshot ledger;
        try
        {
            ledger = await flusher.SampleAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            ledger = flusher.Ledger;
        }

        await Answer.JsonAsync(context, json => LedgerJson.Write(json, ledger));
    }

    /// <summary><c>GET /health/live</c>: the process answers.</summary>
    public Task LiveAsync(HttpContext context) => Answer.JsonAsync(context, json => WriteHealth(json, "pass", []));

    /// <summary><c>GET /health/startup</c>: the spool is open.</summary>
    public Task StartupAsync(HttpContext context) => lifecycle.Started
        ? Answer.JsonAsync(context, json => WriteHealth(json, "pass", []))
        : Answer.JsonAsync(context, json => WriteHealth(json, "fail", ["The spool is not open yet."]), StatusCodes.Status503ServiceUnavailable);

    /// <summary><c>GET /health/ready</c> and <c>GET /health</c>: data is accepted. A store that is away is <c>warn</c> and 200: the spool takes the data. What is wrong is told to who may see it.</summary>
    public Task ReadyAsync(HttpContext context)
    {
        var problems = status.Problems();
        var code = status.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var word = !status.Ready ? "fail" : problems.Count == 0 ? "pass" : "warn";
        return Answer.JsonAsync(context, json => WriteHealth(json, word, context.May(Permission.Read) ? problems : []), code);
    }

    private void WriteHealth(Utf8JsonWriter json, string word, IReadOnlyList<string> problems)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, word);
        json.WriteString("durability"u8, Names.Of(status.Durability));
        json.WriteStartArray("problems"u8);
        foreach (var problem in problems)
        {
            json.WriteStringValue(problem);
        }

        json.WriteEndArray();
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    }
}

using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/audit</c>: what operators did, newest first.</summary>
internal sealed class AuditApi(ITelemetryStore store, StoreState state)
{
    public async Task ListAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var limit = reader.Int("limit", 100, 1, 500);
        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        if (await StoreGate.OpenAsync(context, state))
        {
            var entries = await store.ReadAuditAsync(limit, context.RequestAborted);
            await Answer.ItemsAsync(context, entries, Write, json => json.WriteNull("next_cursor"u8));
        }
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("audit_id"u8, entry.AuditId);
        json.WriteString("at"u8, entry.At.UtcDateTime);
        json.WriteString("actor"u8, entry.Actor);
        json.WriteString("action"u8, entry.Action);
        json.WriteString("target"u8, entry.Target);
        json.WriteString("reason"u8, entry.Reason);
        json.WritePropertyName("details"u8);
        json.WriteRawValue(entry.DetailsJson);
        json.WriteEndObject();
    }
}

using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/audit</c>: what operators did, newest first.</summary>
internal sealed class AuditApi(ITelemetryStore store, StoreState state)
{
    public async Task ListAsync(HttpContext context)
    {
        if (await QueryReader.ReadAsync(context, Read) is { } query && await StoreGate.OpenAsync(context, state))
        {
            var page = await store.ReadAuditAsync(query, context.RequestAborted);
            await Answer.ItemsAsync(context, page.Items, Write, json => json.WriteString("next_cursor"u8, page.Next is { } next ? PageCursor.Encode(next) : null));
        }
    }

    private static AuditQuery Read(QueryReader reader) => new()
    {
        Actor = reader.Text("actor"),
        Action = reader.Text("action"),
        Target = reader.Text("target"),
        Since = reader.Instant("since"),
        Until = reader.Instant("until"),
        Limit = reader.Int("limit", 100, 1, 500),
        Before = PageCursor.Read(reader),
    };

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

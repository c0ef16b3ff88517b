using Holdfast.AspNetCore.Live;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/sessions</c>: who watches this node, over which way, and how they fare. From memory.</summary>
internal sealed class SessionsApi(Watchers watchers, LiveSessions sessions)
{
    public Task ListAsync(HttpContext context) => Answer.ItemsAsync(
        context,
        watchers.All,
        (json, watcher) =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, watcher.Id);
            json.WriteString("name"u8, watcher.Name);
            json.WriteString("source"u8, watcher.Source);
            json.WriteString("since"u8, watcher.Since.UtcDateTime);
            WriteNumber(json, "rtt_ms", watcher.RoundTripMilliseconds);
            WriteNumber(json, "e2e_p95_ms", watcher.Report.DelayMilliseconds);
            WriteNumber(json, "gaps", watcher.Report.Gaps);
            json.WriteNumber("dropped"u8, watcher.Dropped);
            json.WriteEndObject();
        },
        json =>
        {
            json.WriteNumber("connections"u8, sessions.Count);
            json.WriteNumber("connections_max"u8, sessions.Max);
        });

    private static void WriteNumber(System.Text.Json.Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

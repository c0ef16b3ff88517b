using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Monitoring.Adapters;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>What is measured at this moment, in a few numbers. From memory, whatever the database does.</summary>
internal sealed class CurrentApi(NodeParts parts, FlagManager flags, RequestMeter requests, TimeProvider time)
{
    private const double BytesPerMegabyte = 1 << 20;

    /// <summary><c>GET /metrics/current</c></summary>
    public Task CurrentAsync(HttpContext context)
    {
        var measured = requests.Measure();
        return Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            WriteNumber(json, "latency_p95", measured.P95?.TotalMilliseconds, digits: 3);
            json.WriteNumber("memory_mb"u8, Math.Round(Environment.WorkingSet / BytesPerMegabyte, 1));
            WriteNumber(json, "success_rate", measured.Requests == 0 ? null : 100.0 * (measured.Requests - measured.Failed) / measured.Requests, digits: 2);
            json.WriteNumber("requests"u8, measured.Requests);
            json.WriteNumber("window_seconds"u8, RequestMeter.WindowSeconds);
            json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /metrics/adapter</c>: how what happens gets to those who watch.</summary>
    public Task AdapterAsync(HttpContext context) => Answer.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        json.WriteString("adapter_type"u8, parts.Broadcast.Switch.Effective.Name);
        json.WriteString("adapter_asked_for"u8, flags.GetString(FlagNames.AdapterType));
        json.WriteStartObject("metrics"u8);
        BroadcastJson.WriteMetrics(json, parts.Broadcast.Switch, parts.Broadcast.Mismatches.Snapshot());
        json.WriteEndObject();
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    });

    // Nothing was asked for in this minute: that is no latency of 0, and no success of 100 %.
    private static void WriteNumber(Utf8JsonWriter json, string name, double? value, int digits)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, digits));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Monitoring.Adapters;

/// <summary>Broadcasting as the API shows it.</summary>
internal static class BroadcastJson
{
    /// <summary>Mismatches that are shown one by one.</summary>
    private const int RecentMax = 10;

    /// <summary>What pages need: how broadcasts are made, which adapter to use, and how each does.</summary>
    public static void WriteStatus(Utf8JsonWriter json, AdapterSwitch adapters)
    {
        json.WriteStartObject();
        WritePlan(json, adapters);
        json.WriteStartArray("adapters"u8);
        foreach (var path in adapters.Paths)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, path.Name);
            WriteState(json, adapters, path);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary><c>{mode, primary, secondary, effective, broadcaster, adapters, mismatches}</c>, without the braces.</summary>
    public static void WriteMetrics(Utf8JsonWriter json, AdapterSwitch adapters, MismatchSnapshot mismatches)
    {
        WritePlan(json, adapters);
        WriteBroadcaster(json, adapters);
        json.WriteStartObject("adapters"u8);
        foreach (var path in adapters.Paths)
        {
            json.WriteStartObject(path.Name);
            WriteState(json, adapters, path);
            WriteNumbers(json, path);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WritePropertyName("rollout"u8);
        WritePercents(json, adapters.Options.Shares.Percents);
        WriteMismatches(json, mismatches, adapters.Options.MismatchPercentMax);
    }

    private static void WritePlan(Utf8JsonWriter json, AdapterSwitch adapters)
    {
        json.WriteString("mode"u8, adapters.Plan.ModeName);
        json.WriteString("primary"u8, adapters.Primary.Name);
        json.WriteString("secondary"u8, adapters.Secondary?.Name);
        json.WriteString("effective"u8, adapters.Effective.Name);
    }

    private static void WriteBroadcaster(Utf8JsonWriter json, AdapterSwitch adapters)
    {
        var counters = adapters.Counters;
        json.WriteStartObject("broadcaster"u8);
        json.WriteNumber("total_broadcasts"u8, counters.Total);
        json.WriteNumber("adapter_broadcasts"u8, counters.Adapter);
        json.WriteNumber("direct_broadcasts"u8, counters.Direct);
        json.WriteNumber("failed_broadcasts"u8, counters.Failed);
        json.WriteNumber("connected_clients"u8, adapters.Watchers);
        json.WriteBoolean("use_adapter"u8, adapters.Options.UseAdapter);
        json.WriteBoolean("use_dual_mode"u8, adapters.Plan.Mode == BroadcastMode.Dual);
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, AdapterSwitch adapters, AdapterPath path)
    {
        var fault = adapters.FaultOf(path);
        json.WriteString("role"u8, adapters.RoleOf(path));
        json.WriteBoolean("healthy"u8, fault is null);
        json.WriteString("reason"u8, fault);
        json.WriteNumber("connections"u8, path.ConnectionCount);
    }

    private static void WriteNumbers(Utf8JsonWriter json, AdapterPath path)
    {
        var (metrics, minute) = (path.Metrics, path.LastMinute);
        json.WriteNumber("broadcasts"u8, path.Counters.Broadcasts);
        json.WriteNumber("events"u8, path.Counters.Events);
        json.WriteNumber("failed_broadcasts"u8, path.Counters.Failures);
        json.WriteNumber("failed_events"u8, path.Counters.FailedEvents);
        json.WriteString("last_fault"u8, path.LastFault);
        json.WriteString("breaker"u8, ResilienceNames.Of(path.Breaker.State));
        json.WriteNumber("error_percent"u8, Math.Round(minute.ErrorPercent, 2));
        if (minute.P95 is { } p95)
        {
            json.WriteNumber("latency_p95_ms"u8, Math.Round(p95.TotalMilliseconds, 3));
        }
        else
        {
            json.WriteNull("latency_p95_ms"u8);
        }

        json.WriteNumber("frames_delivered"u8, metrics.Delivered);
        json.WriteNumber("events_dropped"u8, metrics.Dropped);
        json.WriteNumber("slow_connections_closed"u8, metrics.Closed);
    }

    private static void WritePercents(Utf8JsonWriter json, CategoryPercents percents)
    {
        json.WriteStartObject();
        foreach (var category in Enum.GetValues<EventCategory>())
        {
            json.WriteNumber(EventCategories.Name(category), percents[category]);
        }

        json.WriteEndObject();
    }

    private static void WriteMismatches(Utf8JsonWriter json, MismatchSnapshot mismatches, CategoryPercents percentMax)
    {
        json.WriteStartObject("mismatches"u8);
        json.WriteNumber("total_mismatches"u8, mismatches.Total);
        json.WriteNumber("compared"u8, mismatches.Counts.Sum(count => count.Compared));
        json.WriteNumber("unmeasured"u8, mismatches.Unmeasured);
        WriteBy(json, "mismatches_by_adapter", mismatches.Counts, count => count.Adapter);
        WriteBy(json, "mismatches_by_category", mismatches.Counts, count => EventCategories.Name(count.Category));
        WriteBy(json, "mismatches_by_severity", mismatches.Counts, count => Mismatch.SeverityOf(count.Category));
        json.WritePropertyName("alert_percent"u8);
        WritePercents(json, percentMax);
        json.WriteStartArray("recent_mismatches"u8);
        foreach (var mismatch in mismatches.Recent.TakeLast(RecentMax))
        {
            Write(json, mismatch);
        }

        json.WriteEndArray();
        if (mismatches.LastAt is { } at)
        {
            json.WriteString("last_mismatch_time"u8, at.UtcDateTime);
        }
        else
        {
            json.WriteNull("last_mismatch_time"u8);
        }

        json.WriteEndObject();
    }

    private static void WriteBy(Utf8JsonWriter json, string name, IReadOnlyList<MismatchCount> counts, Func<MismatchCount, string> by)
    {
        json.WriteStartObject(name);
        foreach (var group in counts.GroupBy(by).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(group.Key, group.Sum(count => count.Mismatched));
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Mismatch mismatch)
    {
        var compared = mismatch.Event;
        json.WriteStartObject();
        json.WriteString("timestamp"u8, mismatch.At.UtcDateTime);
        json.WriteString("event_type"u8, compared.EventType);
        json.WriteNumber("sequence_id"u8, compared.SequenceId);
        json.WriteString("adapter"u8, mismatch.Adapter);
        json.WriteString("expected_checksum"u8, compared.Expected);
        json.WriteString("actual_checksum"u8, compared.Actual);
        json.WriteString("category"u8, EventCategories.Name(compared.Category));
        json.WriteString("severity"u8, mismatch.Severity);
        json.WriteString("error_message"u8, compared.Fault);
        json.WriteEndObject();
    }
}

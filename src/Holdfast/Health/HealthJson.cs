using System.Text.Json;

namespace Holdfast.Health;

/// <summary>The health on the wire.</summary>
internal static class HealthJson
{
    public static void WriteCheck(Utf8JsonWriter json, CheckStatus check, HealthOptions options)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, check.Plan.Name);
        json.WriteString("state"u8, HealthStates.NameOf(check.State));
        WriteInstant(json, "since", check.Since);
        WriteInstant(json, "checked_at", check.Last?.At);
        WriteNumber(json, "took_ms", check.Last?.Took.TotalMilliseconds, digits: 3);
        json.WriteNumber("period_s"u8, (options.Of(check.Plan).Period ?? check.Plan.Period).TotalSeconds);
        json.WriteString("detail"u8, check.Detail);
        json.WriteStartObject("values"u8);
        foreach (var (name, value) in check.Last?.Values ?? CheckObservation.NoValues)
        {
            json.WriteNumber(name, Math.Round(value, 3));
        }

        json.WriteEndObject();
        WriteNames(json, "results", [.. check.Results.Select(HealthStates.NameOf)]);
        json.WriteNumber("flaps"u8, Math.Round(check.Flaps, 1));
        json.WriteBoolean("flapping"u8, check.IsFlapping);
        json.WriteBoolean("enabled"u8, check.Enabled);
        json.WriteEndObject();
    }

    public static void WriteWhole(Utf8JsonWriter json, HealthSnapshot whole)
    {
        json.WriteString("state"u8, HealthStates.NameOf(whole.State));
        json.WriteNumber("score"u8, whole.Score);
        WriteInstant(json, "since", whole.Since);
        if (whole.Incident is { } incident)
        {
            json.WriteStartObject("incident"u8);
            json.WriteString("id"u8, incident.Id);
            json.WriteString("opened_at"u8, incident.OpenedAt.UtcDateTime);
            json.WriteString("check"u8, incident.Check);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incident"u8);
        }
    }

    public static void WriteUptime(Utf8JsonWriter json, ServiceLevel level)
    {
        json.WriteStartObject();
        json.WriteString("window"u8, level.Window.Name);
        json.WriteNumber("target"u8, ServiceLevel.UptimeTarget);
        WriteNumber(json, "value", level.Uptime, digits: 6);
        json.WriteNumber("budget_left_s"u8, Math.Round(level.DownLeft.TotalSeconds, 1));
        json.WriteNumber("measured_s"u8, Math.Round(level.Measured.TotalSeconds));
        json.WriteEndObject();
    }

    public static void WriteErrors(Utf8JsonWriter json, ServiceLevel level)
    {
        json.WriteStartObject();
        json.WriteString("window"u8, level.Window.Name);
        json.WriteNumber("target"u8, ServiceLevel.ErrorTarget);
        WriteNumber(json, "value", level.Errors, digits: 6);
        json.WriteNumber("budget_left"u8, Math.Round(level.FailuresLeft, 1));
        json.WriteNumber("total"u8, level.Counts.Total);
        json.WriteNumber("failed"u8, level.Counts.Failed);
        json.WriteEndObject();
    }

    public static void WriteRule(Utf8JsonWriter json, RuleStatus status)
    {
        var (rule, memory) = (status.Rule, status.Memory);
        json.WriteStartObject();
        json.WriteString("name"u8, rule.Name);
        json.WriteString("check"u8, rule.Check);
        json.WriteString("state"u8, HealthStates.NameOf(rule.State));
        json.WriteNumber("for_s"u8, rule.For.TotalSeconds);
        json.WriteString("while"u8, rule.While);
        WriteNames(json, "actions", rule.Actions);
        json.WriteNumber("cool_down_s"u8, rule.CoolDown.TotalSeconds);
        json.WriteNumber("per_hour"u8, rule.PerHour);
        WriteInstant(json, "last_at", memory.LastAt);
        json.WriteString("last_outcome"u8, memory.LastOutcome);
        json.WriteNumber("fired_in_hour"u8, status.FiredInHour);
        WriteInstant(json, "resting_until", status.RestsUntil);
        json.WriteEndObject();
    }

    public static void WriteEntry(Utf8JsonWriter json, HealthEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("at"u8, entry.At.UtcDateTime);
        json.WriteString("kind"u8, HealthEntryKinds.NameOf(entry.Kind));
        json.WriteString("check"u8, entry.Check);
        json.WriteString("from"u8, entry.From is { } from ? HealthStates.NameOf(from) : null);
        json.WriteString("to"u8, entry.To is { } to ? HealthStates.NameOf(to) : null);
        json.WriteString("detail"u8, entry.Detail);
        json.WriteString("rule"u8, entry.Rule);
        WriteNames(json, "actions", entry.Actions);
        json.WriteString("outcome"u8, entry.Outcome);
        json.WriteString("incident_id"u8, entry.Incident is { } id ? $"{id}" : null);
        json.WriteEndObject();
    }

    public static void WriteReport(Utf8JsonWriter json, RecoveryReport report)
    {
        json.WriteString("rule"u8, report.Rule.Name);
        json.WriteString("outcome"u8, report.Outcome);
        json.WriteString("detail"u8, report.Detail);
        json.WriteStartArray("actions"u8);
        foreach (var action in report.Actions)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, action.Name);
            json.WriteBoolean("done"u8, action.Done);
            json.WriteString("detail"u8, action.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("at"u8, report.At.UtcDateTime);
        json.WriteString("incident_id"u8, report.Incident is { } id ? $"{id}" : null);
    }

    public static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(json, item);
        }

        json.WriteEndArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
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

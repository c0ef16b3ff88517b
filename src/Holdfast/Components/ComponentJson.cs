using System.Text.Json;

namespace Holdfast.Components;

/// <summary>A component as JSON.</summary>
internal static class ComponentJson
{
    public static void Write(Utf8JsonWriter json, ComponentStatus component)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, component.Name);
        json.WriteString("status"u8, ComponentJudge.NameOf(component.State));
        WriteNames(json, "reasons", component.Reasons);
        json.WriteString("last_error"u8, component.LastError);
        WriteInstant(json, "last_error_at", component.LastErrorAt);
        json.WriteNumber("retries"u8, component.Retries);
        json.WriteNumber("events_handled"u8, component.EventsHandled);
        json.WriteNumber("uptime_seconds"u8, Math.Round(component.Uptime.TotalSeconds, 1));
        json.WriteStartObject("dependencies"u8);
        WriteNames(json, "hard", component.Dependencies.Hard);
        WriteNames(json, "soft", component.Dependencies.Soft);
        json.WriteEndObject();
        json.WriteEndObject();
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

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> names)
    {
        json.WriteStartArray(name);
        foreach (var one in names)
        {
            json.WriteStringValue(one);
        }

        json.WriteEndArray();
    }
}

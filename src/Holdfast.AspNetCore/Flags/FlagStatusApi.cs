using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Flags;

/// <summary>All flags with where their values come from, and whether they go together. From memory, so it answers whatever the store does.</summary>
internal sealed class FlagStatusApi(FlagManager flags, FlagKeeper keeper, TimeProvider time)
{
    /// <summary><c>GET /flags/status</c></summary>
    public Task StatusAsync(HttpContext context) => Answer.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        WriteFlags(json);
        json.WriteString("etag"u8, flags.Revision);
        json.WriteStartObject("runtime"u8);
        json.WriteBoolean("current"u8, keeper.IsCurrent);
        json.WriteNumber("version"u8, keeper.Version);
        json.WriteEndObject();
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    });

    /// <summary><c>GET /health/flags</c></summary>
    public Task HealthAsync(HttpContext context) => Answer.JsonAsync(context, json =>
    {
        var issues = FlagIssues.Find(flags, keeper);
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        json.WriteString("health"u8, issues.Count == 0 ? "healthy"u8 : "degraded"u8);
        json.WriteStartArray("issues"u8);
        foreach (var issue in issues)
        {
            json.WriteStringValue(issue);
        }

        json.WriteEndArray();
        WriteFlags(json);
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteEndObject();
    });

    private void WriteFlags(Utf8JsonWriter json)
    {
        json.WriteStartObject("flags"u8);
        foreach (var value in flags.GetAll())
        {
            json.WritePropertyName(value.Definition.Name);
            WriteFlag(json, value.Definition.Type, value.Value, value.Origin, value.Layers, value.Definition.Apply, flags.GetRule(value.Definition.Name));
        }

        foreach (var (name, rule) in flags.GetRules().Where(rule => flags.Schema.Get(rule.Key) is null).OrderBy(rule => rule.Key, StringComparer.Ordinal))
        {
            List<(FlagOrigin Origin, object Value)> layers = [(FlagOrigin.Runtime, rule.PlainValue)];
            if (flags.GetOverride(name) is { } said)
            {
                layers.Insert(0, (FlagOrigin.Override, said));
            }

            json.WritePropertyName(name);
            WriteFlag(json, rule.Type, layers[0].Value, layers[0].Origin, layers, rule.Apply, rule);
        }

        json.WriteEndObject();
    }

    private static void WriteFlag(
        Utf8JsonWriter json, FlagType type, object value, FlagOrigin origin, IReadOnlyList<(FlagOrigin Origin, object Value)> layers, FlagApply apply, FlagRule? rule)
    {
        json.WriteStartObject();
        json.WritePropertyName("value"u8);
        FlagJson.WriteValue(json, value);
        json.WriteString("origin"u8, FlagJson.NameOf(origin));
        json.WriteString("type"u8, FlagRuleJson.NameOf(type));
        json.WriteString("apply"u8, FlagRuleJson.NameOf(apply));
        if (rule is not null)
        {
            json.WriteBoolean("killed"u8, !rule.Enabled);
        }

        // What would be in effect without the layers above.
        json.WriteStartArray("below"u8);
        foreach (var (lower, said) in layers.Where(layer => layer.Origin > origin))
        {
            json.WriteStartObject();
            json.WriteString("origin"u8, FlagJson.NameOf(lower));
            json.WritePropertyName("value"u8);
            FlagJson.WriteValue(json, said);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

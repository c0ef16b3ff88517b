using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.Flags;
using Holdfast.Rollout;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Flags;

/// <summary><c>/api/flags</c>, what is asked. From memory, whatever the database does; only the history is in the store.</summary>
internal sealed class FlagsApi(FlagManager flags, NodeFlags runtime, FlagJson json)
{
    private static readonly Dictionary<string, FlagOrigin?> Origins = Enum.GetValues<FlagOrigin>().ToDictionary(FlagJson.NameOf, origin => (FlagOrigin?)origin);

    private static readonly Dictionary<string, bool?> Truths = new() { ["true"] = true, ["false"] = false };

    /// <summary><c>GET /api/flags</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var part = reader.Text("name");
        var origin = reader.Choice("origin", null, Origins);
        var forClients = reader.Choice("for_clients", null, Truths);
        var limit = reader.Int("limit", 100, 1, 500);
        var after = ReadCursor(reader);
        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        var found = json.Names()
            .Where(name => part is null || name.Contains(part, StringComparison.OrdinalIgnoreCase))
            .Where(name => origin is null || json.OriginOf(name) == origin)
            .Where(name => forClients is not { } wanted || (flags.Schema.Get(name)?.ForClients ?? true) == wanted)
            .Where(name => after is null || string.CompareOrdinal(name, after) > 0)
            .Take(limit + 1)
            .ToList();
        var next = found.Count > limit ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(found[limit - 1])) : null;
        await Answer.ItemsAsync(context, found.Take(limit).ToList(), json.Write, writer => writer.WriteString("next_cursor"u8, next));
    }

    /// <summary><c>GET /api/flags/{name}</c></summary>
    public async Task GetAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (!json.Knows(name))
        {
            await RefuseUnknownAsync(context, name);
            return;
        }

        EntityVersion.WriteTag(context.Response, json.VersionOf(name));
        await Answer.JsonAsync(context, writer => json.Write(writer, name));
    }

    /// <summary><c>GET /api/flags/audit</c></summary>
    public async Task HistoryAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var name = reader.Text("name");
        var limit = reader.Int("limit", 100, 1, 500);
        var below = reader.Text("cursor") is null ? (int?)null : reader.Int("cursor", 0, 1, int.MaxValue);
        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        var notes = await runtime.Store.ReadHistoryAsync(new FlagHistoryQuery(name, below, limit), context.RequestAborted);
        await Answer.ItemsAsync(
            context, notes, Write, writer => writer.WriteString("next_cursor"u8, notes.Count == limit ? notes[^1].Version.ToString(System.Globalization.CultureInfo.InvariantCulture) : null));
    }

    /// <summary><c>POST /api/flags/{name}/explain</c></summary>
    public async Task ExplainAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (!json.Knows(name))
        {
            await RefuseUnknownAsync(context, name);
            return;
        }

        if (await ContextBody.ReadAsync(context) is not var (asked, fault))
        {
            return;
        }

        if (fault is not null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The body has faults.", fault);
        }
        else
        {
            await Answer.JsonAsync(context, writer => Write(writer, flags.Explain(name, asked)));
        }
    }

    public static string NameOf(HttpContext context) => (string?)context.Request.RouteValues["name"] ?? "";

    public static Task RefuseUnknownAsync(HttpContext context, string name) => Problem.WriteAsync(
        context, StatusCodes.Status404NotFound, "There is no such flag.", name.Length <= 200 ? $"{name} is neither a setting nor was a flag of that name made." : null);

    private static string? ReadCursor(QueryReader reader)
    {
        if (reader.Text("cursor") is not { } cursor)
        {
            return null;
        }

        if (Base64Url.IsValid(cursor))
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }

        reader.Fault("cursor", "Not a cursor of this list. Start again without one.");
        return null;
    }

    private static void Write(Utf8JsonWriter json, FlagChangeNote note)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, note.Version);
        json.WriteString("audit_id"u8, note.Id);
        json.WriteString("name"u8, note.Name);
        json.WriteString("action"u8, note.Action);
        json.WriteString("at"u8, note.At.UtcDateTime);
        json.WriteString("actor"u8, note.Actor);
        json.WriteString("reason"u8, note.Reason);
        WriteRaw(json, "before"u8, note.Before);
        WriteRaw(json, "after"u8, note.After);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? raw)
    {
        json.WritePropertyName(name);
        if (raw is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(raw);
        }
    }

    private static void Write(Utf8JsonWriter json, FlagEvaluation evaluation)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, evaluation.Name);
        json.WritePropertyName("value"u8);
        if (evaluation.Value is { } value)
        {
            value.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteString("variant"u8, evaluation.Variant);
        json.WriteString("reason"u8, OfrepJson.NameOf(evaluation.Reason));
        json.WriteString("origin"u8, FlagJson.NameOf(evaluation.Origin));
        json.WriteString("error_code"u8, evaluation.Error is { } error ? OfrepJson.NameOf(error) : null);
        if (evaluation.Bucket is { } bucket)
        {
            json.WriteNumber("bucket"u8, bucket);
        }

        json.WriteStartArray("trace"u8);
        foreach (var line in evaluation.Trace)
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.AspNetCore.Security;
using Holdfast.Preferences;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/preferences</c>: what the caller keeps of the page, on whichever node and in whichever browser. Nobody sees another's.</summary>
internal sealed class PreferencesApi(PreferenceDesk desk)
{
    // Blanks and escapes that are not kept.
    private const int BodyBytesMax = PreferenceDesk.ValueBytesMax * 4;

    /// <summary><c>GET /api/preferences</c></summary>
    public async Task ListAsync(HttpContext context)
    {
        var owned = await desk.ListAsync(context.Caller().Name, context.RequestAborted);
        await Answer.ItemsAsync(context, owned, Write, json => json.WriteNull("next_cursor"u8));
    }

    /// <summary><c>PUT /api/preferences/{key}</c></summary>
    public async Task PutAsync(HttpContext context)
    {
        if (await SmallBody.ReadAsync(context, BodyBytesMax) is not { } body)
        {
            return;
        }

        var fields = BodyFields.Parse(body, context.Caller().Name);
        var value = fields.RequiredObject("value");
        if (PreferenceDesk.FaultInValue(value) is { } fault)
        {
            fields.Fault("value", fault + ".");
        }

        await ChangeAsync(context, fields, value);
    }

    /// <summary><c>DELETE /api/preferences/{key}</c></summary>
    public Task RemoveAsync(HttpContext context) => ChangeAsync(context, BodyFields.Parse(ReadOnlyMemory<byte>.Empty, context.Caller().Name), null);

    /// <summary>Sets it, or removes it where there is no value.</summary>
    private async Task ChangeAsync(HttpContext context, BodyFields fields, JsonObject? value)
    {
        var key = (string?)context.Request.RouteValues["key"] ?? "";
        if (PreferenceDesk.FaultInKey(key) is { } fault)
        {
            fields.Fault("key", fault + ".");
        }

        if (!EntityVersion.TryReadIfMatch(context.Request, out var seen))
        {
            fields.Fault("If-Match", "An entity tag as the ETag header has it is wanted, in its quotes: \"1\".");
        }

        if (fields.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The request has faults.", errors: errors);
            return;
        }

        var owner = context.Caller().Name;
        await AnswerAsync(context, value is null
            ? await desk.RemoveAsync(owner, key, seen, context.RequestAborted)
            : await desk.PutAsync(owner, key, value, seen, context.RequestAborted));
    }

    private static Task AnswerAsync(HttpContext context, PreferenceResult result) => result switch
    {
        { Verdict: PreferenceVerdict.Overtaken } => Problem.WriteAsync(
            context, StatusCodes.Status412PreconditionFailed, "It was changed elsewhere.", "Read it again: GET api/preferences has it as it is now."),
        { Verdict: PreferenceVerdict.TooMany } => Problem.WriteAsync(
            context, StatusCodes.Status409Conflict, "You keep too many.", $"At most {PreferenceDesk.Limits.OwnerMax} are kept of everybody. Remove some."),
        { Now: { } now } => ShowAsync(context, now),
        _ => NothingAsync(context),
    };

    private static Task ShowAsync(HttpContext context, Preference now)
    {
        EntityVersion.WriteTag(context.Response, now.Version);
        return Answer.JsonAsync(context, json => Write(json, now));
    }

    private static Task NothingAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static void Write(Utf8JsonWriter json, Preference preference)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, preference.Key);
        json.WriteNumber("version"u8, preference.Version);
        json.WritePropertyName("value"u8);
        json.WriteRawValue(preference.Value);
        json.WriteEndObject();
    }
}

using System.Globalization;
using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Errors as RFC 9457 problem details, with every fault listed.</summary>
internal static class Problem
{
    /// <summary>Faults that are listed; who sends more than that is told how many more there are.</summary>
    public const int ErrorsMax = 200;

    public const string ContentType = "application/problem+json";

    /// <summary>Writes a problem. Faults name a field of the request and the rule it breaks.</summary>
    /// <param name="more">Writes members of this kind of problem. Default: none.</param>
    public static async Task WriteAsync(
        HttpContext context, int status, string title, string? detail = null, IReadOnlyList<EventError>? errors = null, Action<Utf8JsonWriter>? more = null)
    {
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, title);
        json.WriteNumber("status"u8, status);
        if (detail is not null)
        {
            json.WriteString("detail"u8, detail);
        }

        json.WriteString("instance"u8, context.Request.Path);
        if (errors is { Count: > 0 })
        {
            json.WritePropertyName("errors"u8);
            WriteErrors(json, errors.Take(ErrorsMax));
            if (errors.Count > ErrorsMax)
            {
                json.WriteNumber("errors_more"u8, errors.Count - ErrorsMax);
            }
        }

        more?.Invoke(json);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    public static Task RetryLaterAsync(HttpContext context, int status, string title, string detail, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, status, title, detail);
    }

    public static void WriteErrors(Utf8JsonWriter json, IEnumerable<EventError> errors)
    {
        json.WriteStartArray();
        foreach (var error in errors)
        {
            json.WriteStartObject();
            json.WriteString("rule"u8, error.Rule);
            json.WriteString("field"u8, error.Field);
            json.WriteString("message"u8, error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

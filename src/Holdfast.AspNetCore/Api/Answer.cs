using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>JSON answers, written straight to the response.</summary>
internal static class Answer
{
    public static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
        await json.FlushAsync(context.RequestAborted);
    }
}

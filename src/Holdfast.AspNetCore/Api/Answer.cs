using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>JSON answers, written straight to the response.</summary>
internal static class Answer
{
    /// <summary>Bytes of an answer that wait for the client; then the rest is made only as the client takes it.</summary>
    public const int WaitingBytesMax = 64 << 10;

    public static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        await using var json = Begin(context, status);
        write(json);
        await json.FlushAsync(context.RequestAborted);
    }

    /// <summary>Answers <c>{"items": [...], ...}</c>, sent while it is made, so that a slow client does not keep all of it in memory.</summary>
    public static async Task ItemsAsync<T>(HttpContext context, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> writeItem, Action<Utf8JsonWriter> writeRest)
    {
        await using var json = Begin(context, StatusCodes.Status200OK);
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        var sent = 0L;
        foreach (var item in items)
        {
            writeItem(json, item);
            if (json.BytesCommitted + json.BytesPending - sent >= WaitingBytesMax)
            {
                sent = await SendAsync(context, json);
            }
        }

        json.WriteEndArray();
        writeRest(json);
        json.WriteEndObject();
        await SendAsync(context, json);
    }

    private static Utf8JsonWriter Begin(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return new Utf8JsonWriter(context.Response.BodyWriter);
    }

    /// <summary>Sends what is written so far and returns how much that is. Flushing the JSON alone only fills the response's buffer.</summary>
    private static async Task<long> SendAsync(HttpContext context, Utf8JsonWriter json)
    {
        await json.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return json.BytesCommitted;
    }
}

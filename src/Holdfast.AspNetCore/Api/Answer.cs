using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>JSON answers.</summary>
internal static class Answer
{
    /// <summary>Bytes of an answer that wait for the client; then the rest is made only as the client takes it.</summary>
    public const int WaitingBytesMax = 64 << 10;

    private const int FirstBytes = 4 << 10;

    /// <summary>An answer of moderate size. It is whole before its first byte goes out: what fails half-way becomes a problem, not half an answer.</summary>
    public static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        using var body = new PooledBuffer(FirstBytes);
        using (var json = new Utf8JsonWriter(body))
        {
            write(json);
        }

        BeginHead(context, status);
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body.Memory(0, body.Length), context.RequestAborted);
    }

    /// <summary>Answers <c>{"items": [...], ...}</c>, sent while it is made, so that a slow client does not keep all of it in memory.</summary>
    public static async Task ItemsAsync<T>(HttpContext context, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> writeItem, Action<Utf8JsonWriter> writeRest)
    {
        BeginHead(context, StatusCodes.Status200OK);
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
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

    private static void BeginHead(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>Sends what is written so far and returns how much that is. Flushing the JSON alone only fills the response's buffer.</summary>
    private static async Task<long> SendAsync(HttpContext context, Utf8JsonWriter json)
    {
        await json.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return json.BytesCommitted;
    }
}

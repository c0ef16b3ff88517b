using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>JSON answers.</summary>
internal static class Answer
{
    /// <summary>Bytes that are handed to the connection at once: the web server copies what it is given, and waits for the client in between.</summary>
    public const int StretchBytes = 64 << 10;

    private const int FirstBytes = 4 << 10;

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

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
        for (var sent = 0; sent < body.Length; sent += StretchBytes)
        {
            await context.Response.BodyWriter.WriteAsync(body.Memory(sent, Math.Min(StretchBytes, body.Length - sent)), context.RequestAborted);
        }
    }

    /// <summary>Answers <c>{"items": [...], ...}</c>; the items are a page, which is bounded by rows and by bytes.</summary>
    public static Task ItemsAsync<T>(HttpContext context, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> writeItem, Action<Utf8JsonWriter> writeRest) =>
        JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("items"u8);
            foreach (var item in items)
            {
                writeItem(json, item);
            }

            json.WriteEndArray();
            writeRest(json);
            json.WriteEndObject();
        });

    /// <summary>Begins a download of lines; <see cref="LinesAsync"/> sends them.</summary>
    /// <param name="context">The request.</param>
    /// <param name="what">What the file's name begins with.</param>
    /// <param name="now">Stands in the name.</param>
    public static void BeginLines(HttpContext context, string what, DateTimeOffset now)
    {
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{what}-{now:yyyyMMdd-HHmmss}.ndjson\"";
    }

    /// <summary>One page of a download, a line for each: memory is bounded by a page, whatever the length of the whole.</summary>
    public static async Task LinesAsync<T>(HttpContext context, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        var body = context.Response.BodyWriter;
        foreach (var item in items)
        {
            await using (var json = new Utf8JsonWriter(body))
            {
                write(json, item);
            }

            await body.WriteAsync(LineEnd, context.RequestAborted);
        }
    }

    private static void BeginHead(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
    }
}

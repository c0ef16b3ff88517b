using System.Globalization;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>Broadcasts over HTTP, and the question whether a key is good.</summary>
internal sealed class BroadcastApi(RealtimeServer server, ILiveTopic live, BodyReader bodies, FlagManager flags)
{
    private const string Binary = "application/octet-stream";

    /// <summary><c>GET /realtime/v1/api/ping</c></summary>
    public static Task PingAsync(HttpContext context) => RealtimeAnswer.WriteAsync(context, StatusCodes.Status200OK, "message", "Success");

    /// <summary><c>POST /realtime/v1/api/broadcast</c>: many messages.</summary>
    public async Task PostBatchAsync(HttpContext context)
    {
        if (!IsJson(context.Request))
        {
            await RealtimeAnswer.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "message", "Unsupported media type");
            return;
        }

        using var body = await ReadAsync(context, (int)flags.GetInt(FlagNames.MaxBodyBytes));
        if (body is null)
        {
            return;
        }

        var batch = BroadcastBatch.Read(body.Memory, server.Options.PayloadBytesMax);
        if (batch.Errors is { } errors)
        {
            await Answer.JsonAsync(context, errors, StatusCodes.Status422UnprocessableEntity);
            return;
        }

        await SendAsync(context, batch.Messages);
    }

    /// <summary><c>POST /realtime/v1/api/broadcast/{topic}/events/{event}</c>: one message, JSON or bytes.</summary>
    public async Task PostOneAsync(HttpContext context)
    {
        var binary = context.Request.ContentType?.StartsWith(Binary, StringComparison.OrdinalIgnoreCase) == true;
        if (!binary && !IsJson(context.Request))
        {
            await RealtimeAnswer.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "message", "Unsupported media type");
            return;
        }

        using var body = await ReadAsync(context, server.Options.PayloadBytesMax);
        if (body is null)
        {
            return;
        }

        var (topic, name) = (PathPart(context, "topic"), PathPart(context, "event"));
        if (FaultOf(topic, name) is { } fault || (!binary && (fault = PhoenixText.IsJson(body.Memory.Span) ? null : "The body is not JSON") is not null))
        {
            await RealtimeAnswer.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "message", fault);
            return;
        }

        var key = new TopicKey(topic, context.Request.Query["private"] == "true");
        await SendAsync(context, [new BroadcastMessage(key, new UserBroadcast(name, body.Memory, IsJson: !binary), StoreOf(context.Request.Query))]);
    }

    /// <summary>Sends all messages, or none and says why.</summary>
    private async Task SendAsync(HttpContext context, IReadOnlyList<BroadcastMessage> messages)
    {
        if (messages.Any(message => message.Topic.Name == live.Name))
        {
            await RealtimeAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, "message", $"The topic {live.Name} is the server's own");
            return;
        }

        if (!await TakeAsync(context, messages.Count))
        {
            return;
        }

        foreach (var message in messages)
        {
            server.Hub.Publish(message.Topic, message.Broadcast, store: message.Store);
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task<bool> TakeAsync(HttpContext context, int messages)
    {
        var caller = context.Caller();
        var limit = server.Options.MessagesPerSecond;
        var (rolling, taken) = server.Rates.Take(caller.KeyId ?? caller.Name, messages, limit);
        if (limit > 0)
        {
            var headers = context.Response.Headers;
            headers["x-rate-rolling"] = rolling.ToString(CultureInfo.InvariantCulture);
            headers["x-rate-limit"] = limit.ToString(CultureInfo.InvariantCulture);
            headers["x-rate-limit-remaining"] = Math.Max(0, limit - rolling - (taken ? messages : 0)).ToString(CultureInfo.InvariantCulture);
        }

        if (!taken)
        {
            await RealtimeAnswer.WriteAsync(
                context, StatusCodes.Status429TooManyRequests, "message", rolling >= limit ? "Too many requests" : "Too many messages to broadcast, please reduce the batch size");
        }

        return taken;
    }

    private async Task<BodyReader.Body?> ReadAsync(HttpContext context, int bytesMax)
    {
        var (outcome, body) = await bodies.ReadAsync(context, bytesMax, context.RequestAborted);
        if (body is null)
        {
            await (outcome == BodyOutcome.TooLarge
                ? RealtimeAnswer.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, "message", "Payload size exceeds the limit")
                : Ingest.Refusal.OfBodyAsync(context, outcome, bytesMax));
        }

        return body;
    }

    private static bool IsJson(HttpRequest request) => request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;

    private static string? FaultOf(string topic, string name) =>
        !TopicKey.IsSound(topic) ? "The topic is too long"
        : System.Text.Encoding.UTF8.GetByteCount(name) > PhoenixSerializer.NameBytesMax ? "The event is too long"
        : null;

    // A slash within a name comes as it was escaped.
    private static string PathPart(HttpContext context, string name) =>
        ((string)context.Request.RouteValues[name]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static StoreRequest? StoreOf(IQueryCollection query) =>
        query["persist"] == "true" ? new StoreRequest((TimeSpan?)null)
        : int.TryParse(query["persist[ttl]"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? StoreRequest.Of(seconds)
        : null;
}

using Holdfast.AspNetCore.Api;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>The words of the OpenAPI document about the Realtime protocol.</summary>
internal static class RealtimeDocs
{
    private static readonly string[] Json = ["application/json"];

    public static EndpointDoc Socket { get; } = new(
        "realtimeSocket",
        "WebSocket: the protocol of Supabase Realtime, for its clients as they are: broadcast, presence, and changes of rows of Holdfast's own tables. The topic realtime:holdfast:live carries the frames of /live.",
        [
            new("apikey", "string", "A key, or a token (JWT). Any, as long as there are no keys."),
            new("vsn", "string", "1.0.0 or 2.0.0. Default: 1.0.0."),
        ],
        [
            (101, "Switching to WebSocket."), (401, "{error}: the key is missing or not good."), (403, "{error}: the version is not known, or the key may not read."),
            (426, "Not a WebSocket request."), (429, "{error}: all places are taken."),
        ])
    {
        AnswerTypes = Json,
    };

    public static EndpointDoc SocketAlias { get; } = Socket with { Id = "realtimeSocketOfServer" };

    public static EndpointDoc SocketShort { get; } = Socket with { Id = "realtimeSocketShort" };

    public static EndpointDoc Ping { get; } = new("realtimePing", "Whether a key is good: clients cannot tell a refused socket from a server that is away.", [], [(200, "{message: Success}"), (401, "{message}: it is not.")]) { AnswerTypes = Json };

    public static EndpointDoc Batch { get; } = new(
        "realtimeBroadcast",
        "Sends messages to all who have joined their topics: {messages: [{topic, event, payload, private}]}, topics without realtime:. All of them, or none.",
        [],
        [
            (202, "They are on their way."), (403, "{message}: the topic is the server's own."), (413, "{message}: the body is too large."), (415, "{message}: it is not JSON."),
            (422, "{errors: {messages: [{field: [fault]}]}}: what is wrong with which message."), (429, "{message}: too many a second; x-rate-limit and x-rate-limit-remaining say how many may be sent."),
        ])
    {
        Body = new BodyDoc(Json, Required: true),
        AnswerTypes = Json,
    };

    public static EndpointDoc One { get; } = new(
        "realtimeBroadcastOne",
        "Sends one message, JSON or bytes, to all who have joined its topic.",
        [
            new("topic", "string", "The topic, without realtime:.", Required: true) { InPath = true },
            new("event", "string", "The event.", Required: true) { InPath = true },
            new("private", "boolean", "Whether the private topic of this name is meant, which is another one than the public."),
            new("persist", "boolean", "Keeps a private message for those who come later."),
            new("persist[ttl]", "integer", "Seconds that it is kept."),
        ],
        [
            (202, "It is on its way."), (403, "{message}: the topic is the server's own."), (413, "{message}: it is too large."), (415, "{message}: it is neither JSON nor bytes."),
            (422, "{message}: a name is too long, or the body is not JSON."), (429, "{message}: too many a second."),
        ])
    {
        Body = new BodyDoc(["application/json", "application/octet-stream"], Required: true),
        AnswerTypes = Json,
    };
}

using Holdfast.AspNetCore.Api;

namespace Holdfast.AspNetCore.Flags;

/// <summary>The words of the OpenAPI document about OFREP.</summary>
internal static class OfrepDocs
{
    private const string ValueShape = "{key, value, reason, variant, metadata: {apply, bucket}}";

    private static readonly BodyDoc Context = new(["application/json"], Required: false, "{context: {targetingKey, ...}}");

    public static EndpointDoc Single { get; } = new(
        "ofrepEvaluate",
        "OFREP 0.3.0: a flag's value for a context, from memory.",
        [new("name", "string", "Key of the flag.", Required: true) { InPath = true }],
        [(200, ValueShape), (400, "{key, errorCode: INVALID_CONTEXT | TARGETING_KEY_MISSING, errorDetails}"), (404, "{key, errorCode: FLAG_NOT_FOUND, errorDetails}")])
    { Body = Context, AnswerTypes = ["application/json"] };

    public static EndpointDoc Bulk { get; } = new(
        "ofrepEvaluateAll",
        "OFREP 0.3.0: all flags for clients for a context, from memory. The ETag changes when something changes for this context.",
        [new("If-None-Match", "string", "The ETag of the last answer.") { InHeader = true }],
        [
            (200, $"{{flags: [{ValueShape} | {{key, errorCode, errorDetails}}], eventStreams: [{{type: sse, endpoint: {{requestUri}}, inactivityDelaySec}}], metadata: {{version}}}}"),
            (304, "Nothing has changed for this context."),
            (400, "{errorCode: INVALID_CONTEXT, errorDetails}"),
        ])
    { Body = Context, AnswerTypes = ["application/json"] };

    public static EndpointDoc Stream { get; } = new(
        "ofrepStream",
        "Server-sent events that tell a client to evaluate again: {type: refetchEvaluation, etag, lastModified}. The address, with its token, is in eventStreams.",
        [
            new("token", "string", "As it was given.", Required: true),
            new("Last-Event-ID", "string", "The last event that was seen.") { InHeader = true },
        ],
        [(200, "Events, and a comment every 15 seconds."), (410, "The address is not good any more; evaluating again gives a new one."), (503, "All places are taken; Retry-After says when to come back.")])
    { ContentType = "text/event-stream" };
}

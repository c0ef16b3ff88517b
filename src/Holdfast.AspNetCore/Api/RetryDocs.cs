namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about the retries.</summary>
internal static class RetryDocs
{
    private const string ItemShape =
        "{id, status, operation_type, target, payload, priority, attempt, max_retries, crashes, timeout_seconds, run_after, created_at, updated_at, correlation_id, idempotency_key, group_key, blocked, tags, last_error, fingerprint, held_by: {process, token, since}, version, original_event}";

    private const string Stale = "While the store is away it is what it said last, with stale: true and the time of that in as_of.";

    private static readonly string[] Json = ["application/json"];

    private static readonly ParameterDoc Id = new("id", "string", "UUID of the retry.", Required: true) { InPath = true };

    private static readonly ParameterDoc IfMatch = new(
        "If-Match", "string", "ETag of the retry when it was read. Each edit makes a new one, attempts do not. Several will do; * or none means whatever is there.")
    {
        InHeader = true,
    };

    private static readonly ParameterDoc[] Filters =
    [
        new("status", "string", "pending, processing, completed, dead_letter, failed or cancelled."),
        new("operation_type", "string", "Exact operation type."),
        new("target", "string", "Exact target."),
        new("q", "string", "Occurs in the payload or in the last error, taken literally; of finished items and dead letters."),
        new("fingerprint", "string", "Those with one cause: fingerprint of a group."),
        new("correlation_id", "string", "Exact correlation id."),
        new("group_key", "string", "Exact key of an ordered group."),
    ];

    private static readonly (int, string) BadQuery = (400, "The query has faults; all are listed.");
    private static readonly (int, string) BadBody = (400, "The body has faults; all are listed.");
    private static readonly (int, string) Unknown = (404, "There is no such retry.");
    private static readonly (int, string) LargeBody = (413, "The body is too large.");
    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again.");

    public static EndpointDoc Enqueue { get; } = new(
        "enqueueRetries",
        "Takes operations to be executed again: one object, or an array of up to 10,000. All are durable when this answers, or none is.",
        [],
        [
            (202, "{items: [{id, status: created | duplicate | spooled}]}, in the order of the request. duplicate: the id is known, or the correlation id belongs to an unfinished item, whose id it is. spooled: the database is away; the item is durable here and goes to the queue when it is back."),
            (400, "The body has faults; all are listed, and nothing was taken."),
            (403, "An operation type may not be enqueued from outside; nothing was taken."),
            (408, "The body took too long."),
            LargeBody,
            (415, "The content type is not JSON."),
            (429, "Too many bodies are on their way, or the database is away and the spool is full; Retry-After says when to come back."),
            (503, "The database is away and the spool cannot be written, or the server is shutting down; Retry-After says when to come back."),
        ])
    {
        Body = new BodyDoc(
            Json,
            Required: true,
            "{operation_type, target, payload, priority, id, correlation_id, idempotency_key, max_retries, timeout_seconds, delay_seconds, tags, group_key, original_event}: only operation_type has to be there. payload is what the handler of the type wants, up to 1 MiB; priority is -10 to 10, higher first; what is left out is as the policy of the type says."),
    };

    public static EndpointDoc List { get; } = new(
        "listRetries",
        "Operations that were or are to be executed again, the newest first.",
        [.. Filters, new("limit", "integer", "1 to 500, default 100."), new("cursor", "string", "next_cursor of the last page.")],
        [(200, $"{{items: [{ItemShape}], next_cursor}}; next_cursor is null at the end."), BadQuery, Away]);

    public static EndpointDoc Get { get; } = new(
        "getRetry",
        "One retry, with what happened to it.",
        [Id],
        [(200, ItemShape + " and history: [{at, event, attempt, token, process, took_ms, message}], the oldest first. The ETag header has its version."), Unknown, Away]);

    public static EndpointDoc Stats { get; } = new(
        "getRetryStats",
        "How many retries there are, by operation type and state. From running sums: asking costs the same whatever the queue holds.",
        [],
        [(200, "{items: [{operation_type, status, count}], totals: {pending, processing, completed, dead_letter, failed, cancelled}, stale, as_of}. " + Stale), Away]);

    public static EndpointDoc Alerts { get; } = new(
        "listRetryAlerts",
        "What of the queue needs attention, the worst first, up to 200.",
        [],
        [(200, "{items: [{alert_reason, id, detail, since}]}; id is null when it is about an operation type that nobody here can execute, or about the whole queue. " + Stale), Away]);

    public static EndpointDoc Groups { get; } = new(
        "listRetryGroups",
        "Dead letters and failed retries by the cause of their last failure, the largest group first.",
        [.. Filters, new("limit", "integer", "1 to 500, default 100.")],
        [(200, "{items: [{fingerprint, operation_type, message, count, first_at, last_at, example_id}]}"), BadQuery, Away]);

    public static EndpointDoc Requeue { get; } = Command(
        "requeueRetry",
        "Puts a retry that is dead-lettered, failed or cancelled back into the queue, due at once and with all its attempts again. Audited.",
        "It is in the queue, is being processed or is completed; or another unfinished item has its correlation id.");

    public static EndpointDoc Cancel { get; } = Command(
        "cancelRetry",
        "Gives a retry up. One that is being processed may still take effect at its target; its outcome does not count any more. The next of its group may go. Audited.",
        "It is finished already.");

    public static EndpointDoc DeadLetter { get; } = Command(
        "deadLetterRetry", "Takes a retry out of the queue until somebody puts it back. Audited.", "It is finished or dead-lettered already.");

    public static EndpointDoc Edit { get; } = new(
        "editRetry",
        "Puts another payload in the place of a retry's. The old one is kept in the audit. With If-Match it is only made over the version that was read; without, over whatever is there.",
        [Id, IfMatch],
        [
            (200, "The retry as it is now: " + ItemShape),
            BadBody,
            Unknown,
            (409, "It is being processed or is completed."),
            (412, "Somebody else has edited it since the version of If-Match: version and ETag are those it has now. Nothing was changed."),
            LargeBody,
            (422, "The payload has faults; all are listed, and nothing was changed."),
            Away,
        ])
    {
        Body = new BodyDoc(Json, Required: true, "{payload, reason}"),
    };

    private static EndpointDoc Command(string id, string summary, string conflict) => new(
        id, summary, [Id], [(200, "The retry as it is now: " + ItemShape), BadBody, Unknown, (409, conflict), LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: false, "{reason}"),
    };
}

namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about the dead letters.</summary>
internal static class DeadLetterDocs
{
    private const string LetterShape =
        "{id, version, status, kind, row_count, original_payload, size_bytes, failure_reason, sqlstate, constraint_name, column_name, fingerprint, retry_count, max_retries, created_at, last_retry_at, next_retry_at, recovered_at, spool_id, batch_seq, row, sequence_id, received_at, lease_until, leased_by}";

    private const string BulkShape = "{dry_run, matched, recovered, refused, failed, discarded, skipped}";

    private static readonly string[] Json = ["application/json"];

    private static readonly ParameterDoc Id = new("id", "integer", "Number of the dead letter.", Required: true) { InPath = true };

    private static readonly ParameterDoc IfMatch = new(
        "If-Match", "string", "ETag of the letter when it was read. Each edit makes a new one, attempts do not. Several will do; * or none means whatever is there.")
    {
        InHeader = true,
    };

    private static readonly ParameterDoc[] Filters =
    [
        new("status", "string", "pending, retrying, recovered, failed or discarded."),
        new("kind", "string", "event or sample."),
        new("event_type", "string", "Exact type of the event."),
        new("source", "string", "Exact source of the event."),
        new("fingerprint", "string", "Those with one cause: fingerprint of a group."),
        new("sqlstate", "string", "The database's name of the fault."),
        new("correlation_id", "string", "The value of metadata.correlation_id."),
        new("text", "string", "Occurs in the payload or in the reason, taken literally."),
        new("since", "string", "Dead-lettered at or after: RFC 3339 or unix milliseconds."),
        new("until", "string", "Dead-lettered before: RFC 3339 or unix milliseconds."),
    ];

    private static readonly (int, string) BadQuery = (400, "The query has faults; all are listed.");
    private static readonly (int, string) BadBody = (400, "The body has faults; all are listed.");
    private static readonly (int, string) Unknown = (404, "There is no such dead letter.");
    private static readonly (int, string) Taken = (409, "It is recovered or discarded already, or a worker is replaying it at this moment.");
    private static readonly (int, string) LargeBody = (413, "The body is too large.");
    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again.");

    public static EndpointDoc List { get; } = new(
        "listDeadLetters",
        "Rows that the store refused, the newest first.",
        [
            .. Filters,
            new("limit", "integer", "1 to 500, default 100. A page of large letters (4 MiB) ends before."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [(200, $"{{items: [{LetterShape}], next_cursor}}; next_cursor is null at the end. original_payload is the row as JSON, or {{encoding: base64, bytes}} where it is none."), BadQuery, Away]);

    public static EndpointDoc Get { get; } = new(
        "getDeadLetter", "One dead letter, with its exact bytes in payload_bytes (base64).", [Id], [(200, LetterShape + " and payload_bytes. ETag is the version in quotes."), Unknown, Away]);

    public static EndpointDoc Groups { get; } = new(
        "listDeadLetterGroups",
        "Dead letters by their cause, the largest group first, and how many there are in each state.",
        [.. Filters, new("limit", "integer", "1 to 500, default 100.")],
        [
            (200, "{items: [{fingerprint, kind, count, rows, first_at, last_at, example_id, failure_reason, sqlstate, constraint_name, column_name}], next_cursor, totals: {pending, retrying, recovered, failed, discarded, size_bytes, oldest_pending_at}}; next_cursor is null. totals are of all letters, whatever the filter."),
            BadQuery,
            Away,
        ]);

    public static EndpointDoc Export { get; } = new(
        "exportDeadLetters",
        "All dead letters that match, one a line, the newest first. A connection that breaks off means that the export is not whole.",
        Filters,
        [(200, "A line for each: " + LetterShape), BadQuery, Away])
    {
        ContentType = "application/x-ndjson",
    };

    public static EndpointDoc Edit { get; } = new(
        "editDeadLetter",
        "Changes the payload of a dead letter that is pending or failed; it is tried again by a replay, or when its time comes. It must pass what an item of the intake passes. The old payload is kept in the audit. With If-Match it is only made over the version that was read; without, over whatever is there.",
        [Id, IfMatch],
        [
            (200, "The letter as it is now, with its new ETag: " + LetterShape),
            BadBody,
            Unknown,
            (409, "It is not pending or failed, it is shown as bytes and was not replaced whole, it stands for several rows, or, without If-Match, somebody changed it at the same moment."),
            (412, "Somebody else has edited it since the version of If-Match: version and ETag are those it has now. Nothing was changed."),
            LargeBody,
            (422, "The payload has faults; all are listed, and nothing was changed."),
            Away,
        ])
    {
        Body = new BodyDoc(Json, Required: true, "{original_payload, replace, reason}: members of original_payload to change (null removes one), or with replace true all of it."),
    };

    public static EndpointDoc Replay { get; } = new(
        "replayDeadLetter",
        "Tries to store a dead letter now, as if it came with its batch. One that used up its attempts gets one more. Audited.",
        [Id],
        [(200, "{outcome: recovered | refused | failed, refusal, limit_raised, letter}. refused: it waits for its next attempt; failed: it was the last one."), BadBody, Unknown, Taken, LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: false, "{reason}"),
    };

    public static EndpointDoc Discard { get; } = new(
        "discardDeadLetter",
        "Gives a dead letter up: it is kept until it is purged, and counts as discarded in the ledger. Audited.",
        [Id],
        [(200, "The letter as it is now: " + LetterShape), BadBody, Unknown, Taken, LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: false, "{reason}"),
    };

    public static EndpointDoc ReplayMatching { get; } = new(
        "replayMatchingDeadLetters",
        "Replays all dead letters that match and are neither recovered nor discarded, the oldest first. Audited.",
        [],
        [(200, BulkShape + ": numbers of letters. With dry_run only matched is counted."), BadBody, LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: true, "{filter: {status, kind, event_type, ...}, limit, dry_run, reason}: filter takes what the list's query takes, and is {} for all; limit is 1 to 10000, default 1000."),
    };

    public static EndpointDoc DiscardMatching { get; } = ReplayMatching with
    {
        Id = "discardMatchingDeadLetters",
        Summary = "Gives up all dead letters that match and are neither recovered nor discarded, the oldest first. Audited.",
    };

    public static EndpointDoc Purge { get; } = new(
        "purgeDeadLetters",
        "Deletes dead letters for good: those that are recovered, discarded or failed, or those in the state that is named. What was still owed counts as discarded in the ledger. Audited.",
        [],
        [(200, "{dry_run, purged, rows_discarded}. With dry_run nothing is deleted, and the answer is {dry_run, before, matched, by_status: {pending, retrying, recovered, failed, discarded}, rows_owed}: what would be, and how many rows of it would count as discarded."), BadBody, LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: true, "{older_than_days, status, dry_run, reason}: older_than_days is 0 to 3650."),
    };
}

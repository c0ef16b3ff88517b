namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about operations over many items.</summary>
internal static class OperationDocs
{
    private const string Shape =
        "{id, kind, over, filter, state: running | paused | stopped | completed | cancelled, because, matched, taken, succeeded, failed, skipped, canary, step, stop_above, rate_per_second, actor, reason, created_at, cutoff, ended_at}";

    private static readonly string[] Json = ["application/json"];

    private static readonly ParameterDoc Id = new("id", "string", "UUID of the operation.", Required: true) { InPath = true };

    private static readonly (int, string) BadBody = (400, "The body has faults; all are listed.");
    private static readonly (int, string) Unknown = (404, "There is no such operation.");
    private static readonly (int, string) LargeBody = (413, "The body is too large.");
    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again.");

    public static EndpointDoc Begin { get; } = new(
        "beginOperation",
        "Begins something over all items that match now; what comes later does not belong to it. It is durable when this answers, goes on by itself, also after a restart, and does nothing to an item twice. Audited.",
        [],
        [(202, "The operation, not begun yet: " + Shape + ". matched is null until it is counted; Location has its address."), (200, "{matched}, with dry_run: how many items it would be about. Nothing was begun."), BadBody, LargeBody, Away])
    {
        Body = new BodyDoc(
            Json,
            Required: true,
            "{kind: replay | discard | cancel, over: retries | dead_letters, filter, canary, stop_above, rate_per_second, reason, dry_run}: over is retries by default; filter takes what the list's query takes, and is {} for all; with canary it takes 1, then 10, then a tenth, then the rest, and waits each time for what came of them; above the share of failures stop_above (0 to 1, default 0.5) it stops by itself; with dry_run nothing is begun, and how many match is counted."),
    };

    public static EndpointDoc List { get; } = new("listOperations", "The last 200 operations, the newest first.", [], [(200, $"{{items: [{Shape}]}}"), Away]);

    public static EndpointDoc Get { get; } = new("getOperation", "How far an operation is.", [Id], [(200, Shape), Unknown, Away]);

    public static EndpointDoc Pause { get; } = Command("pauseOperation", "Has an operation take no further items until it is resumed. Audited.", "It does not run.");

    public static EndpointDoc Resume { get; } = Command(
        "resumeOperation", "Lets an operation go on that was paused or that stopped by itself; what has failed until then counts no longer. Audited.", "It is neither paused nor stopped.");

    public static EndpointDoc Cancel { get; } = Command("cancelOperation", "Ends an operation; what it has done stays done. Audited.", "It is over already.");

    private static EndpointDoc Command(string id, string summary, string conflict) => new(
        id, summary, [Id], [(200, "The operation as it is now: " + Shape), BadBody, Unknown, (409, conflict), LargeBody, Away])
    {
        Body = new BodyDoc(Json, Required: false, "{reason}"),
    };
}

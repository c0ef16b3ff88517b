namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about the circuit breakers and the audit.</summary>
internal static class OperatorDocs
{
    private const string BreakerShape = "{name, state, enabled, failures_in_a_row, totals, last_failure, opened_at, next_attempt_at, settings, transitions: [...], ...}";

    private static readonly ParameterDoc Name = new("name", "string", "Name of the breaker: database.", Required: true) { InPath = true };
    private static readonly (int, string) Done = (200, $"The breaker as it is now: {BreakerShape}");
    private static readonly (int, string) Unknown = (404, "There is no such breaker; the known ones are named.");
    private static readonly (int, string) BadBody = (400, "The body has faults; all are listed.");
    private static readonly (int, string) LargeBody = (413, "The body is too large.");
    private static readonly BodyDoc Reason = new(["application/json"], Required: false, "{reason}");

    public static EndpointDoc Metrics { get; } = new(
        "getResilienceMetrics",
        "Every number of circuit breakers, retries, pipelines and dead letters, from memory.",
        [],
        [(200, "{breakers: {name: {...}}, retries: {name: {...}}, pipelines: {name: {...}}, dead_letters: {enabled, dead_lettered, parked}, timestamp}")]);

    public static EndpointDoc List { get; } = new(
        "listBreakers", "The circuit breakers, from memory.", [], [(200, $"{{items: [{BreakerShape}], next_cursor}}; next_cursor is null.")]);

    public static EndpointDoc Get { get; } = new("getBreaker", "A circuit breaker with its last 100 moves.", [Name], [(200, BreakerShape), Unknown]);

    public static EndpointDoc Reset { get; } = new(
        "resetBreaker", "Closes a circuit breaker, whatever its state. Audited.", [Name], [Done, BadBody, Unknown, LargeBody])
    { Body = Reason };

    public static EndpointDoc Isolate { get; } = Reset with
    {
        Id = "isolateBreaker",
        Summary = "Lets nothing through a circuit breaker until it is reset; data waits in the spool. Audited.",
    };

    public static EndpointDoc Trip { get; } = Reset with
    {
        Id = "tripBreaker",
        Summary = "Opens a circuit breaker for a while; then it is probed as after any break. Audited.",
        Body = new BodyDoc(["application/json"], Required: true, "{duration_seconds, reason}"),
    };

    public static EndpointDoc Audit { get; } = new(
        "listAudit",
        "What operators did, newest first. What was done while the store was away is among the events (operator_action) at once, and here when it is back.",
        [
            new("actor", "string", "Exact name of who did it."),
            new("action", "string", "Exact action: breaker.reset."),
            new("target", "string", "Exact target: database."),
            new("since", "string", "Done at or after: RFC 3339 or unix milliseconds."),
            new("until", "string", "Done before: RFC 3339 or unix milliseconds."),
            new("limit", "integer", "1 to 500, default 100."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [
            (200, "{items: [{audit_id, at, actor, action, target, reason, details}], next_cursor}; next_cursor is null at the end."),
            (400, "The query has faults; all are listed."),
            (503, "The store is unavailable; Retry-After says when to ask again."),
        ]);
}

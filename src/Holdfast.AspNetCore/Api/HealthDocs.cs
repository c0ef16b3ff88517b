namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document about what the server knows of itself.</summary>
internal static class HealthDocs
{
    private const string CheckShape = "{name, state: pass | warn | fail | unknown, since, checked_at, took_ms, period_s, detail, values: {name: number}, results: [state], flaps, flapping, enabled}";

    private static readonly ParameterDoc Check = new("name", "string", "Name of the check: storage.", Required: true) { InPath = true };
    private static readonly ParameterDoc Rule = new("name", "string", "Name of the rule: reconnect.", Required: true) { InPath = true };

    public static EndpointDoc Get { get; } = new(
        "getHealthOfAll",
        "How the server does, from memory: every check with its state, uptime and errors over three windows, recovery rules. docs/reference/health.md explains each.",
        [],
        [
            (200, $"{{state, score, since, incident: {{id, opened_at, check}} or null, checks: [{CheckShape}], uptime: [{{window: 1h | 24h | 30d, target, value, budget_left_s, measured_s}}], "
                + "errors: [{window, target, value, budget_left, total, failed}], recovery: {enabled, dry_run, per_hour, fired_in_hour, rules: [{name, check, state, for_s, while, actions, cool_down_s, per_hour, last_at, last_outcome, fired_in_hour, resting_until}]}, timestamp}: shares are fractions of 1."),
        ]);

    public static EndpointDoc History { get; } = new(
        "listHealthHistory",
        "What happened to the health, newest first, from memory; the last 1,000, through restarts.",
        [
            new("check", "string", "Exact name of the check."),
            new("kind", "string", "transition, recovery, incident_opened or incident_closed."),
            new("since", "string", "At or after: RFC 3339 or unix milliseconds."),
            new("until", "string", "Before: RFC 3339 or unix milliseconds."),
            new("limit", "integer", "1 to 500, default 100."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [
            (200, "{items: [{at, kind, check, from, to, detail, rule, actions, outcome, incident_id}], next_cursor}; next_cursor is null at the end."),
            (400, "The query has faults; all are listed."),
        ]);

    public static EndpointDoc RunCheck { get; } = new(
        "runHealthCheck", "Runs a check now; it counts as a result like any other. Who asks during a run gets that one.", [Check], [(200, CheckShape), (404, "There is no such check; the known ones are named."), (409, "The check is left out.")]);

    public static EndpointDoc RunRule { get; } = new(
        "runRecoveryRule",
        "Runs the actions of a recovery rule now, within its limits, and looks whether they helped. Audited.",
        [Rule],
        [
            (200, "{rule, outcome: repaired | not_needed | not_repaired | failed | skipped | dry_run | done, detail, actions: [{name, done, detail}], at, incident_id}"),
            (400, "The body has faults; all are listed."),
            (404, "There is no such rule; the known ones are named."),
            (409, "The rule rests, until Retry-After, or recovery is switched off."),
            (413, "The body is too large."),
        ])
    { Body = new BodyDoc(["application/json"], Required: false, "{reason}") };
}

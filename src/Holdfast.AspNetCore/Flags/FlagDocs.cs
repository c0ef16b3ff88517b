using Holdfast.AspNetCore.Api;

namespace Holdfast.AspNetCore.Flags;

/// <summary>The words of the OpenAPI document about flags.</summary>
internal static class FlagDocs
{
    private const string FlagShape =
        "{name, type: bool | string | int | float | json, description, apply: immediate | session | start, for_clients, environment_name, choices: [text], secret, value, origin: override | environment | runtime | file | default, layers: [{origin, value}], version, updated_at, updated_by, rule, rollout, rollout_waits, rollout_measured: {variant: {requests, errors, error_rate, p95_ms}, others}}";

    private const string RuleShape =
        "{type, description, variants: {name: value}, default, off, enabled, overrides: {variant: [key]}, targeting: [{name, if, variant | split}], split: [{variant, percent}], salt, apply: session | immediate}";

    private const string RolloutShape =
        "{variant, steps: [1, 5, 25, 50, 100], soak_seconds, guards: {error_rate, error_seconds, latency_factor, latency_seconds, samples_min}, baseline_ms, reason}";

    private static readonly ParameterDoc Name = new("name", "string", "Name of the flag.", Required: true) { InPath = true };
    private static readonly ParameterDoc IfMatch = new("If-Match", "string", "The ETag over which it may be changed; \"0\" for a flag that is not set.") { InHeader = true };
    private static readonly (int, string) Done = (200, $"The flag as it is now: {FlagShape}. ETag: its version.");
    private static readonly (int, string) Unknown = (404, "There is no such flag.");
    private static readonly (int, string) Faults = (400, "What was sent has faults, all of which are listed; nothing was changed.");
    private static readonly (int, string) Conflict = (409, "A stronger layer would hide it, which origin names; or the flag, or what others say, does not allow it. Nothing was changed.");
    private static readonly (int, string) Overtaken = (412, "Somebody else has changed it since; nothing was changed.");
    private static readonly (int, string) Large = (413, "The body is too large.");
    private static readonly (int, string) Away = (503, "The store is unavailable; nothing was changed. Retry-After says when to ask again, and flags.override.json works all the same.");
    private static readonly BodyDoc Reason = new(["application/json"], Required: false, "{reason}");

    public static EndpointDoc Status { get; } = new(
        "getFlagsStatus",
        "Every flag with its value, the layer it came from, and what each lower layer says, from memory.",
        [],
        [(200, "{status: ok, flags: {name: {value, origin, type, apply, killed, below: [{origin, value}]}}, etag, runtime: {current, version}, timestamp}. Secrets read ***.")]);

    public static EndpointDoc Health { get; } = new(
        "getFlagsHealth",
        "Whether the flags go together, and whether what is set at run time is what the store says, from memory.",
        [],
        [(200, "{status: ok, health: healthy | degraded, issues: [text], flags, timestamp}")]);

    public static EndpointDoc List { get; } = new(
        "listFlags",
        "The settings and the flags that were made, by name, from memory.",
        [
            new("name", "string", "Occurs in the name."),
            new("origin", "string", "override, environment, runtime, file or default."),
            new("for_clients", "boolean", "Whether clients are told of it."),
            new("limit", "integer", "1 to 500, default 100."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [(200, $"{{items: [{FlagShape}], next_cursor}}; next_cursor is null at the end."), (400, "The query has faults; all are listed.")]);

    public static EndpointDoc Get { get; } = new("getFlag", "A flag, from memory.", [Name], [(200, $"{FlagShape}. ETag: its version."), Unknown]);

    public static EndpointDoc Put { get; } = new(
        "putFlag",
        "Sets a flag for all nodes, to a value for everybody or to a rule; a name of your own makes a flag. What was set is replaced, and a rollout of it ends. Audited.",
        [Name, IfMatch],
        [Done, Faults, Unknown, Conflict, Overtaken, Large, Away])
    { Body = new BodyDoc(["application/json"], Required: true, $"{{value, reason}} or {{rule: {RuleShape}, reason}}") };

    public static EndpointDoc Reset { get; } = new(
        "resetFlag",
        "Takes back what was set at run time: the layer below is in effect again, and a flag of your own is gone. Audited.",
        [Name, IfMatch, new("reason", "string", "Why.")],
        [Done, (204, "It is gone."), (400, "The request has faults; all are listed."), Unknown, Conflict, Overtaken, Away]);

    public static EndpointDoc History { get; } = new(
        "listFlagChanges",
        "What was changed at run time, by whom and why, with what was there before and after, newest first.",
        [
            new("name", "string", "Of this flag only."),
            new("limit", "integer", "1 to 500, default 100."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [
            (200, "{items: [{version, audit_id, name, action, at, actor, reason, before, after}], next_cursor}; next_cursor is null at the end."),
            (400, "The query has faults; all are listed."),
            (503, "The store is unavailable; Retry-After says when to ask again."),
        ]);

    public static EndpointDoc Explain { get; } = new(
        "explainFlag",
        "What a flag is for somebody, and what was asked on the way.",
        [Name],
        [(200, "{name, value, variant, reason, origin, error_code, bucket, trace: [text]}"), (400, "The context cannot be read."), Unknown])
    { Body = new BodyDoc(["application/json"], Required: false, "{context: {targetingKey, ...}}") };

    public static EndpointDoc Kill { get; } = new(
        "killFlag", "Gives everybody the off variant of a flag, at once. Audited.", [Name], [Done, Faults, Unknown, Conflict, Overtaken, Large, Away])
    { Body = Reason };

    public static EndpointDoc Revive { get; } = Kill with { Id = "reviveFlag", Summary = "Ends a kill: the rule decides again. Audited." };

    public static EndpointDoc BeginRollout { get; } = Kill with
    {
        Id = "beginRollout",
        Summary = "Begins to raise a variant's share in steps, each as long as its guards allow; a broken guard takes it back. Audited.",
        Body = new BodyDoc(["application/json"], Required: true, RolloutShape),
    };

    public static EndpointDoc PauseRollout { get; } = Kill with { Id = "pauseRollout", Summary = "Leaves a rollout at its step; its guards hold all the same. Audited." };

    public static EndpointDoc ResumeRollout { get; } = Kill with { Id = "resumeRollout", Summary = "Lets a paused rollout go on; its step begins anew. Audited." };

    public static EndpointDoc RollBack { get; } = Kill with { Id = "rollBackRollout", Summary = "Ends a rollout and gives the variant the share it had before. Audited." };

    public static EndpointDoc Samples { get; } = new(
        "postFlagSamples",
        "Reports what was measured of a variant, for the guards of a rollout. Without a rollout it is read and not kept.",
        [Name],
        [(202, "{kept}"), (400, "The body has faults; all are listed."), (404, "There is no flag of that name with a rule."), Large])
    { Body = new BodyDoc(["application/json"], Required: true, "{variant, requests, errors, latencies_ms: [number]}; without requests the latencies are counted.") };
}

using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Flags;

/// <summary><c>holdfast flags</c>: settings and flags at run time.</summary>
internal static class FlagsCommand
{
    public const string Path = "api/flags";

    public static Argument<string> Name() => new("name") { Description = "Name of the flag: MONITORING_BATCH_SIZE, dashboard.transport, chart.fast." };

    public static Option<string> Reason() => new("--reason") { Description = "Why; kept in the audit." };

    public static Option<int?> IfVersion() => new("--if-version") { Description = "Only if that is still its version; 0: only if it is not set." };

    public static string PathOf(string name) => $"{Path}/{Uri.EscapeDataString(name)}";

    public static string? TagOf(int? version) => version is { } seen ? $"\"{seen}\"" : null;

    public static JsonObject BodyOf(string? reason) => reason is null ? [] : new JsonObject { ["reason"] = reason };

    public static Command Create() => new("flags", "Settings and flags: where their values come from, and what is set at run time.")
    {
        ListVerb.Create(),
        GetVerb.Create(),
        SetVerb.Create(),
        ResetVerb.Create(),
        ExplainVerb.Create(),
        RolloutVerb.Create(),
        KillVerb.Create("kill", "Gives everybody the off variant of a flag, at once.", "is killed"),
        KillVerb.Create("revive", "Ends a kill: the rule decides again.", "decides again"),
        AuditVerb.Create(),
    };
}

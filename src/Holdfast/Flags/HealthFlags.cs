using System.Text.Json;
using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>What the server checks of itself, and what it does about it: section <c>health</c> of holdfast.json. These may change while the process runs.</summary>
internal static class HealthFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Object(FlagNames.HealthChecks, "What is said of single checks, by name: {\"disk\": false, \"storage\": {\"period_s\": 5, \"timeout_s\": 5}}."),
        Object(FlagNames.HealthRules, "Recovery rules, by name, on top of those that are built in; false takes one away: {\"restart\": false, \"page\": {\"check\": \"*\", \"state\": \"fail\", \"for_s\": 60, \"actions\": [\"webhook\"]}}."),
        new(FlagNames.HealthRecovery, FlagType.Bool, true, "Whether recovery rules act; off: the server only says what is wrong."),
        new(FlagNames.HealthDryRun, FlagType.Bool, false, "Whether recovery rules do nothing and only write down what they would have done."),
        Number(FlagNames.HealthPerHour, 20, "How often all recovery rules together may act in an hour.", 0, 3_600),
        Number(FlagNames.HealthWedgedSeconds, 120, "Seconds after which a component that does not become ready, or that handles one event all the time, counts as stuck.", 1, 86_400),
        new(FlagNames.HealthWebhook, FlagType.String, "", "URL that the recovery action webhook calls, as callbacks are: signed, and not public hosts only where HOLDFAST_CALLBACK_ALLOW names them.")
        {
            Secret = true, // the addresses of chats and pagers are what lets anybody write there
            Guards = true,
            Validator = value => (string)value is "" || IsWeb((string)value) ? null : "must be an http or https URL, or empty",
        },
    ];

    private static bool IsWeb(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https") && url.UserInfo.Length == 0;

    private static FlagDefinition Number(string name, long fallback, string description, long least, long most) =>
        new(name, FlagType.Int, fallback, description) { Validator = Between(least, most) };

    private static FlagDefinition Object(string name, string description) =>
        new(name, FlagType.Json, JsonSerializer.SerializeToElement(new Dictionary<string, object>()), description);
}

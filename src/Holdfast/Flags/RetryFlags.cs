using System.Text.Json;
using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>The queue of failed operations: section <c>retry</c> of holdfast.json.</summary>
internal static class RetryFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        new(FlagNames.RetryEnabled, FlagType.Bool, true, "Whether this process executes retries; off: they are taken and wait."),
        Number(FlagNames.RetryPollSeconds, 5, "Seconds between two looks at the queue when nothing wakes the workers.", 1, 3_600),
        Number(FlagNames.RetryBatchSize, 10, "Retries asked for at once; more where more workers are free.", 1, 1_000),
        Number(FlagNames.RetryWorkerCount, 3, "Retries executed at one time.", 1, 1_000) with { Apply = FlagApply.Start },
        Number(FlagNames.RetryDefaultMaxRetries, 3, "Attempts of a retry whose operation type has no policy; the failure that led to it is not counted.", 1, 1_000),
        Number(FlagNames.RetryDefaultTimeoutSeconds, 30, "Seconds that one attempt may take whose operation type has no policy.", 1, 86_400),
        new(FlagNames.RetryStrict, FlagType.Bool, false, "Whether higher priority goes first, always; off: nobody is overtaken for more than 10 minutes."),
        Number(FlagNames.RetryTargetRate, 50, "Attempts a second at one target (a host of callbacks, a target of other types), with a burst of twice as many; 0: no limit.", 0, 1_000_000),
        new(FlagNames.CallbackSecret, FlagType.String, "", "Key of the HMAC-SHA256 that signs callbacks. Empty: they are not signed.") { Secret = true },
        new(FlagNames.CallbackAllow, FlagType.String, "", "Hosts and networks, separated by commas, that callbacks may reach although they are not public: hooks.internal, 10.1.0.0/16.")
        {
            Apply = FlagApply.Start, // whoever may set flags must not open the network behind the server
        },
        new(FlagNames.RetryExternalTypes, FlagType.String, "", "Operation types, separated by commas, that may be enqueued over HTTP beside those whose handler allows it; never sql_operation.")
        {
            Apply = FlagApply.Start,
            Validator = value => FlagText.List((string)value).Contains("sql_operation") ? "must not have sql_operation: it would run any SQL of anybody" : NamesUpTo(100)(value),
        },
        new(FlagNames.RetryIngestTypes, FlagType.String, "event_publish", "Operation types, separated by commas, that keys of the role ingest may have executed, by sending the event of a failure that carries one.")
        {
            Apply = FlagApply.Start, // an operator must not widen what every service may do
            Validator = NamesUpTo(100),
        },
        new(
            FlagNames.RetryPolicies,
            FlagType.Json,
            JsonSerializer.SerializeToElement(new Dictionary<string, object>()),
            "Policies by operation type, on top of those that are built in: {\"sql_operation\": {\"max_retries\": 3, \"initial_delay_seconds\": 2, \"max_delay_seconds\": 60, \"backoff_multiplier\": 2, \"timeout_seconds\": 15}}."),
    ];

    private static FlagDefinition Number(string name, long fallback, string description, long least, long most) =>
        new(name, FlagType.Int, fallback, description) { Validator = Between(least, most) };
}

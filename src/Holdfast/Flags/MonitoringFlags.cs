using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>How events are judged and counted. These may change while the process runs.</summary>
internal static class MonitoringFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Switch(FlagNames.EnableValidation, true, "Whether events are validated. Limits and types hold in any case."),
        Switch(FlagNames.ValidationStrict, false, "Whether one bad event blocks its whole request with 422."),
        Number(FlagNames.MetricsFlushInterval, 300, 1, 86_400, "Seconds between flushes of the validation metrics."),
        Switch(FlagNames.MetricsPersistence, true, "Whether validation metrics are measured and flushed."),
        Number(FlagNames.BatchSize, 100, 1, 100_000, "Rows of one bulk write of the validation metrics."),
        Number(FlagNames.TimeoutMs, 5_000, 10, 600_000, "Milliseconds that one attempt to write validation metrics may take."),
    ];

    private static FlagDefinition Switch(string name, bool fallback, string description) => new(name, FlagType.Bool, fallback, description);

    private static FlagDefinition Number(string name, long fallback, long least, long most, string description) =>
        new(name, FlagType.Int, fallback, description) { Validator = Between(least, most) };
}

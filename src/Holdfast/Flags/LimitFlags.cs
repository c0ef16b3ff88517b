using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>How much is taken in, how much may wait, and how long it is kept.</summary>
internal static class LimitFlags
{
    /// <summary>Ten years: longer is a mistake in the unit.</summary>
    private const long RetentionDaysMax = 3_650;

    /// <summary>Below it a single request of ordinary size would fill the spool.</summary>
    private const long BudgetBytesMin = 64L << 10;

    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Limit(FlagNames.MaxBodyBytes, 16L << 20, "Bytes of a request's body; above: 413.", Between(1_024, 1L << 30)),
        Limit(FlagNames.MaxEventsPerRequest, 10_000, "Events in one request; above: 413.", Between(1, 1_000_000)),
        Limit(FlagNames.MaxEventBytes, 256L << 10, "Bytes of one event; above: the event is rejected.", Between(256, 64L << 20)),
        Limit(FlagNames.MaxDeadLetters, 100_000, "Dead letters that are kept; above, the oldest that are done with go first, those that wait only above 125 %.", Between(100, 100_000_000)),
        Limit(FlagNames.MaxDeadLetterBytes, 256L << 20, "Bytes of dead letters that are kept; above: as with their number.", Between(1L << 20, 1L << 40)),
        Budget(FlagNames.SpoolDiskBytes, 2L << 30, "Bytes of batches that wait on disk: warns at 70 %, slows at 85 %, refuses at 95 %."),
        Budget(FlagNames.SpoolMemoryBytes, 64L << 20, "Bytes of batches held in memory on their way to disk and to the store."),
        Retention(FlagNames.RetentionEventsDays, 30, "Days that stored events are kept."),
        Retention(FlagNames.RetentionSamplesDays, 7, "Days that samples are kept as they came."),
        Retention(FlagNames.RetentionRollup1MinDays, 30, "Days that the rollup of samples by minute is kept."),
        Retention(FlagNames.RetentionRollup1HourDays, 365, "Days that the rollup of samples by hour is kept."),
        Retention(FlagNames.RetentionValidationDays, 90, "Days that validation metrics are kept."),
        Retention(FlagNames.RetentionDeadLettersDays, 30, "Days that dead letters are kept."),
        Retention(FlagNames.RetentionRetryHistoryDays, 14, "Days that the history of retries is kept."),
        Retention(FlagNames.RetentionAuditDays, 365, "Days that the audit is kept.") with { Guards = true },
    ];

    private static FlagDefinition Limit(string name, long fallback, string description, Func<object, string?> validator) =>
        new(name, FlagType.Int, fallback, description) { Validator = validator };

    private static FlagDefinition Budget(string name, long fallback, string description) =>
        new(name, FlagType.Int, fallback, description) { Apply = FlagApply.Start, Validator = AtLeast(BudgetBytesMin) };

    private static FlagDefinition Retention(string name, long days, string description) =>
        new(name, FlagType.Int, days, description) { Validator = Between(1, RetentionDaysMax) };
}

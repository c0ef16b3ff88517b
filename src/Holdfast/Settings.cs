using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Sources;
using Holdfast.Spool;

namespace Holdfast;

/// <summary>Binds the flags to the options of the capabilities. Here and nowhere else.</summary>
internal static class Settings
{
    public static SpoolOptions Spool(FlagManager flags) => new()
    {
        DataDirectory = flags.GetString(FlagNames.Data),
        DiskBytesMax = flags.GetInt(FlagNames.SpoolDiskBytes),
        MemoryBytesMax = flags.GetInt(FlagNames.SpoolMemoryBytes),
        Durability = flags.GetString(FlagNames.Durability),
    };

    /// <summary>The rules of the intake as they are now; asked for with each request, so that a change takes effect at once.</summary>
    public static IntakeOptions Intake(FlagManager flags) => new()
    {
        BodyBytesMax = (int)flags.GetInt(FlagNames.MaxBodyBytes),
        EventsPerRequestMax = (int)flags.GetInt(FlagNames.MaxEventsPerRequest),
        EventBytesMax = (int)flags.GetInt(FlagNames.MaxEventBytes),
        TimestampAgeMax = Days(flags, FlagNames.RetentionEventsDays),
        Validation = flags.GetBool(FlagNames.EnableValidation),
        Strict = flags.GetBool(FlagNames.ValidationStrict),
        MeasureValidation = flags.GetBool(FlagNames.MetricsPersistence),
        ChecksumSecret = flags.GetString(FlagNames.ChecksumSecret) is { Length: > 0 } secret ? secret : null,
    };

    public static RetentionOptions Retention(FlagManager flags) => new()
    {
        Events = Days(flags, FlagNames.RetentionEventsDays),
        Samples = Days(flags, FlagNames.RetentionSamplesDays),
        RollupOneMinute = Days(flags, FlagNames.RetentionRollup1MinDays),
        RollupOneHour = Days(flags, FlagNames.RetentionRollup1HourDays),
        Validation = Days(flags, FlagNames.RetentionValidationDays),
        DeadLetters = Days(flags, FlagNames.RetentionDeadLettersDays),
        Audit = Days(flags, FlagNames.RetentionAuditDays),
    };

    public static DeadLetterOptions DeadLetters(FlagManager flags) => new()
    {
        Enabled = flags.GetBool(FlagNames.DeadLetters),
        BatchSize = (int)flags.GetInt(FlagNames.BatchSize),
        Limits = new DeadLetterLimits { LettersMax = flags.GetInt(FlagNames.MaxDeadLetters), BytesMax = flags.GetInt(FlagNames.MaxDeadLetterBytes) },
    };

    public static SourcesOptions Sources(FlagManager flags)
    {
        var names = flags.GetString(FlagNames.Sources).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new SourcesOptions { Host = names.Contains("host"), Runtime = names.Contains("runtime") };
    }

    public static OtlpOptions Otlp(FlagManager flags) => new()
    {
        ResourceLabels = [.. FlagText.List(flags.GetString(FlagNames.OtlpLabels))],
        TimestampAgeMax = Days(flags, FlagNames.RetentionSamplesDays),
    };

    public static LifecycleOptions Lifecycle(FlagManager flags) => new()
    {
        ShutdownBudget = TimeSpan.FromSeconds(flags.GetInt(FlagNames.GracefulShutdownTimeout)),
        Graceful = flags.GetBool(FlagNames.GracefulShutdown),
    };

    private static TimeSpan Days(FlagManager flags, string name) => TimeSpan.FromDays(flags.GetInt(name));
}

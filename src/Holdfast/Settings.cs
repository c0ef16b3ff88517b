using System.Net;
using Holdfast.Access;
using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Rooms;
using Holdfast.BuiltIn.Sql;
using Holdfast.Components;
using Holdfast.Flags;
using Holdfast.Health;
using Holdfast.Lifecycle;
using Holdfast.Monitoring.Adapters;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Realtime;
using Holdfast.Retries;
using Holdfast.Sources;
using Holdfast.Spool;
using Holdfast.Supabase;

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

    /// <summary>The spool of retries, beside that of the record: a quarter of its room, in a directory below.</summary>
    public static SpoolOptions RetrySpool(FlagManager flags)
    {
        var options = Spool(flags);
        options.DataDirectory = Path.Combine(options.DataDirectory, "retries");
        options.DiskBytesMax /= 4;
        options.MemoryBytesMax /= 4;
        return options;
    }

    public static AccessOptions Access(FlagManager flags) => new()
    {
        RequireKeys = flags.GetBool(FlagNames.RequireKeys),
        Jwt = Jwt(flags),
        TicketSecret = TextOrNull(flags, FlagNames.TicketSecret),
        TrustedProxies = [.. FlagText.List(flags.GetString(FlagNames.TrustedProxies)).Select(IPAddress.Parse)],
        AllowedHosts = FlagText.List(flags.GetString(FlagNames.AllowedHosts)),
        AllowedOrigins = FlagText.List(flags.GetString(FlagNames.AllowedOrigins)),
    };

    public static AccessLimits AccessLimits(FlagManager flags) => new()
    {
        ReadsPerMinute = flags.GetInt(FlagNames.LimitReads),
        WritesPerMinute = flags.GetInt(FlagNames.LimitWrites),
        IngestPerMinute = flags.GetInt(FlagNames.LimitIngest),
        FailuresPerMinute = flags.GetInt(FlagNames.LimitFailures),
        SocketsPerCaller = (int)flags.GetInt(FlagNames.LimitSockets),
    };

    /// <summary>The hosted project; null: there is none.</summary>
    public static SupabaseOptions? Supabase(FlagManager flags) => TextOrNull(flags, FlagNames.SupabaseUrl) is not { } url ? null
        : new SupabaseOptions(new Uri(url), flags.GetString(FlagNames.SupabaseServiceRoleKey))
        {
            Topic = flags.GetString(FlagNames.SupabaseTopic),
            IsPrivate = flags.GetBool(FlagNames.SupabasePrivate),
            Table = TextOrNull(flags, FlagNames.SupabaseTable),
            Origin = flags.GetString(FlagNames.Node),
        };

    /// <summary>The limits of the Realtime protocol as they are now.</summary>
    public static RealtimeOptions Realtime(FlagManager flags)
    {
        var options = new RealtimeOptions
        {
            MessagesPerSecond = flags.GetInt(FlagNames.RealtimeMessages),
            PayloadBytesMax = (int)flags.GetInt(FlagNames.RealtimePayloadBytes),
        };
        return flags.GetBool(FlagNames.RealtimeHosted) ? HostedManners.Of(options) : options;
    }

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
        Redaction = EventRedaction.Of(flags.GetString(FlagNames.Redact)),
        ChecksumSecret = flags.GetString(FlagNames.ChecksumSecret) is { Length: > 0 } secret ? secret : null,
    };

    /// <summary>How broadcasts are to be made.</summary>
    public static BroadcastOptions Broadcast(FlagManager flags) => new()
    {
        UseAdapter = flags.GetBool(FlagNames.UseAdapter),
        AdapterType = flags.GetString(FlagNames.AdapterType),
        DualMode = flags.GetBool(FlagNames.DualMode),
        UseRealtime = flags.GetBool(FlagNames.UseRealtime),
        Only = flags.GetString(FlagNames.RolloutOverride) switch
        {
            "websocket_only" => AdapterNames.WebSocket,
            "realtime_only" => AdapterNames.Realtime,
            _ => null,
        },
        Shares = new RolloutShares(new CategoryPercents(
            flags.GetFloat(FlagNames.RolloutCriticalPercent),
            flags.GetFloat(FlagNames.RolloutPerformancePercent),
            flags.GetFloat(FlagNames.RolloutUserActivityPercent),
            flags.GetFloat(FlagNames.RolloutSystemPercent),
            flags.GetFloat(FlagNames.RolloutDebugPercent))),
        MismatchPercentMax = new CategoryPercents(
            flags.GetFloat(FlagNames.MismatchCriticalPercent),
            flags.GetFloat(FlagNames.MismatchPerformancePercent),
            flags.GetFloat(FlagNames.MismatchUserActivityPercent),
            flags.GetFloat(FlagNames.MismatchSystemPercent),
            flags.GetFloat(FlagNames.MismatchDebugPercent)),
        MismatchTripsBreaker = flags.GetBool(FlagNames.MismatchTripsBreaker),
        ErrorPercentMax = flags.GetFloat(FlagNames.AdapterErrorPercent),
        WebSocketLatencyMax = TimeSpan.FromMilliseconds(flags.GetInt(FlagNames.AdapterWebSocketLatencyMs)),
        RealtimeLatencyMax = TimeSpan.FromMilliseconds(flags.GetInt(FlagNames.AdapterRealtimeLatencyMs)),
    };

    /// <summary>What is checked, and what may be done about it, as it is now.</summary>
    public static HealthOptions Health(FlagManager flags) => new()
    {
        Checks = HealthSettingsJson.ReadChecks(flags.GetJson(FlagNames.HealthChecks)),
        Rules = HealthSettingsJson.ReadRules(flags.GetJson(FlagNames.HealthRules)),
        RecoveryEnabled = flags.GetBool(FlagNames.HealthRecovery),
        DryRun = flags.GetBool(FlagNames.HealthDryRun),
        PerHour = (int)flags.GetInt(FlagNames.HealthPerHour),
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
        return new SourcesOptions { Host = names.Contains("host"), Runtime = names.Contains("runtime"), System = names.Contains("system") };
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

    /// <summary>The queue of failed operations as it is set now.</summary>
    public static RetryQueueOptions Retries(FlagManager flags)
    {
        var fallback = new RetryPolicy
        {
            MaxRetries = (int)flags.GetInt(FlagNames.RetryDefaultMaxRetries),
            Timeout = TimeSpan.FromSeconds(flags.GetInt(FlagNames.RetryDefaultTimeoutSeconds)),
        };
        return new RetryQueueOptions
        {
            Enabled = flags.GetBool(FlagNames.RetryEnabled),
            PollInterval = TimeSpan.FromSeconds(flags.GetInt(FlagNames.RetryPollSeconds)),
            BatchSize = (int)flags.GetInt(FlagNames.RetryBatchSize),
            WorkerCount = (int)flags.GetInt(FlagNames.RetryWorkerCount),
            Strict = flags.GetBool(FlagNames.RetryStrict),
            DestinationAttemptsPerSecond = flags.GetInt(FlagNames.RetryTargetRate),
            DestinationBurst = (int)flags.GetInt(FlagNames.RetryTargetRate) * 2,
            KeepHistory = Days(flags, FlagNames.RetentionRetryHistoryDays),
            KeepDeadLetters = Days(flags, FlagNames.RetentionDeadLettersDays),
            Fallback = fallback,
            Policies = RetryPolicyJson.Read(flags.GetJson(FlagNames.RetryPolicies), fallback),
        };
    }

    public static CallbackOptions Callbacks(FlagManager flags) => new()
    {
        Secret = flags.GetString(FlagNames.CallbackSecret) is { Length: > 0 } secret ? secret : null,
        Allow = CallbackAllowList.Parse(flags.GetString(FlagNames.CallbackAllow)),
    };

    public static ComponentHostOptions Components(FlagManager flags) => new()
    {
        Enabled = FlagText.List(flags.GetString(FlagNames.ComponentsEnabled)),
        Disabled = FlagText.List(flags.GetString(FlagNames.ComponentsDisabled)),
        StartTimeout = TimeSpan.FromSeconds(flags.GetInt(FlagNames.ComponentsStartTimeoutSeconds)),
    };

    public static CommandOptions Commands(FlagManager flags) => new()
    {
        Disabled = FlagText.List(flags.GetString(FlagNames.CommandsDisabled)),
        Cooldown = TimeSpan.FromSeconds(flags.GetInt(FlagNames.CommandsCooldownSeconds)),
    };

    public static SqlOptions Sql(FlagManager flags) => new()
    {
        Enabled = flags.GetBool(FlagNames.SqlEnabled),
        Connections = SqlOptions.ReadConnections(flags.GetJson(FlagNames.SqlConnections)),
        Allowed = SqlOptions.ReadAllowed(flags.GetJson(FlagNames.SqlAllow)),
        Critical = SqlPool(flags, FlagNames.SqlCriticalConnections),
        Background = SqlPool(flags, FlagNames.SqlBackgroundConnections),
    };

    public static IReadOnlyList<RoomOptions> Rooms(FlagManager flags) => RoomSettings.Read(flags.GetJson(FlagNames.Rooms));

    private static SqlPoolOptions SqlPool(FlagManager flags, string size) => new(
        (int)flags.GetInt(size),
        (int)flags.GetInt(FlagNames.SqlWarmConnections),
        TimeSpan.FromSeconds(flags.GetInt(FlagNames.SqlLifetimeSeconds)),
        TimeSpan.FromSeconds(flags.GetInt(FlagNames.SqlKeepAliveSeconds)));

    private static JwtOptions? Jwt(FlagManager flags)
    {
        var secret = TextOrNull(flags, FlagNames.JwtSecret);
        var publicKey = TextOrNull(flags, FlagNames.JwtPublicKey);
        return secret is null && publicKey is null ? null : new JwtOptions(
            secret,
            publicKey is null ? null : AccessFlags.Pem(publicKey),
            TextOrNull(flags, FlagNames.JwtIssuer),
            TextOrNull(flags, FlagNames.JwtAudience),
            flags.GetString(FlagNames.JwtRoleClaim));
    }

    private static string? TextOrNull(FlagManager flags, string name) => flags.GetString(name) is { Length: > 0 } text ? text : null;

    private static TimeSpan Days(FlagManager flags, string name) => TimeSpan.FromDays(flags.GetInt(name));
}

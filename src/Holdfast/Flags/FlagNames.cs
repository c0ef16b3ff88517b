namespace Holdfast.Flags;

/// <summary>Names of the product's settings, the same in code, in the environment and in the API.</summary>
public static partial class FlagNames
{
    /// <summary>Directory of the spool and the embedded store.</summary>
    public const string Data = "HOLDFAST_DATA";

    /// <summary>Path of the configuration file.</summary>
    public const string Config = "HOLDFAST_CONFIG";

    /// <summary>PostgreSQL connection string; secret.</summary>
    public const string Postgres = "HOLDFAST_POSTGRES";

    /// <summary>Address to listen on.</summary>
    public const string Bind = "HOLDFAST_BIND";

    /// <summary>TCP port to listen on.</summary>
    public const string Port = "PORT";

    /// <summary>Path below which everything is served.</summary>
    public const string BasePath = "HOLDFAST_BASE_PATH";

    /// <summary>Name of this node.</summary>
    public const string Node = "HOLDFAST_NODE";

    /// <summary>What an acknowledgement is worth.</summary>
    public const string Durability = "HOLDFAST_DURABILITY";

    /// <summary>Key of the checksums of critical events; secret.</summary>
    public const string ChecksumSecret = "HOLDFAST_CHECKSUM_SECRET";

    /// <summary>Built-in sources that are on.</summary>
    public const string Sources = "HOLDFAST_SOURCES";

    /// <summary>Resource attributes of OpenTelemetry that become labels.</summary>
    public const string OtlpLabels = "HOLDFAST_OTLP_LABELS";

    /// <summary>Least level that is logged.</summary>
    public const string LogLevel = "HOLDFAST_LOG_LEVEL";

    /// <summary>Form of the log.</summary>
    public const string LogFormat = "HOLDFAST_LOG_FORMAT";

    /// <summary>Bytes of a request's body.</summary>
    public const string MaxBodyBytes = "HOLDFAST_MAX_BODY_BYTES";

    /// <summary>Events in a request.</summary>
    public const string MaxEventsPerRequest = "HOLDFAST_MAX_EVENTS_PER_REQUEST";

    /// <summary>Bytes of an event.</summary>
    public const string MaxEventBytes = "HOLDFAST_MAX_EVENT_BYTES";

    /// <summary>Bytes that wait in the spool on disk.</summary>
    public const string SpoolDiskBytes = "HOLDFAST_SPOOL_DISK_BYTES";

    /// <summary>Bytes of the spool in memory.</summary>
    public const string SpoolMemoryBytes = "HOLDFAST_SPOOL_MEMORY_BYTES";

    /// <summary>Dead letters that are kept.</summary>
    public const string MaxDeadLetters = "HOLDFAST_MAX_DEAD_LETTERS";

    /// <summary>Bytes of dead letters that are kept.</summary>
    public const string MaxDeadLetterBytes = "HOLDFAST_MAX_DEAD_LETTER_BYTES";

    /// <summary>Days that stored events are kept.</summary>
    public const string RetentionEventsDays = "HOLDFAST_RETENTION_EVENTS_DAYS";

    /// <summary>Days that samples are kept as they came.</summary>
    public const string RetentionSamplesDays = "HOLDFAST_RETENTION_SAMPLES_DAYS";

    /// <summary>Days that the rollup of a minute is kept.</summary>
    public const string RetentionRollup1MinDays = "HOLDFAST_RETENTION_ROLLUP_1MIN_DAYS";

    /// <summary>Days that the rollup of an hour is kept.</summary>
    public const string RetentionRollup1HourDays = "HOLDFAST_RETENTION_ROLLUP_1HOUR_DAYS";

    /// <summary>Days that validation metrics are kept.</summary>
    public const string RetentionValidationDays = "HOLDFAST_RETENTION_VALIDATION_DAYS";

    /// <summary>Days that dead letters are kept.</summary>
    public const string RetentionDeadLettersDays = "HOLDFAST_RETENTION_DEAD_LETTERS_DAYS";

    /// <summary>Days that the history of retries is kept.</summary>
    public const string RetentionRetryHistoryDays = "HOLDFAST_RETENTION_RETRY_HISTORY_DAYS";

    /// <summary>Days that the audit is kept.</summary>
    public const string RetentionAuditDays = "HOLDFAST_RETENTION_AUDIT_DAYS";

    /// <summary>Whether events reach watchers over an adapter.</summary>
    public const string UseAdapter = "MONITORING_USE_ADAPTER";

    /// <summary>Which adapter.</summary>
    public const string AdapterType = "MONITORING_ADAPTER_TYPE";

    /// <summary>Whether both adapters run at once.</summary>
    public const string DualMode = "MONITORING_DUAL_MODE";

    /// <summary>Whether events are validated.</summary>
    public const string EnableValidation = "MONITORING_ENABLE_VALIDATION";

    /// <summary>Whether a bad event blocks its request.</summary>
    public const string ValidationStrict = "MONITORING_VALIDATION_STRICT";

    /// <summary>Seconds between flushes of the validation metrics.</summary>
    public const string MetricsFlushInterval = "MONITORING_METRICS_FLUSH_INTERVAL";

    /// <summary>Whether validation metrics are measured and flushed.</summary>
    public const string MetricsPersistence = "MONITORING_METRICS_PERSISTENCE";

    /// <summary>Rows of a bulk write of the validation metrics.</summary>
    public const string BatchSize = "MONITORING_BATCH_SIZE";

    /// <summary>Milliseconds that one write of the validation metrics may take.</summary>
    public const string TimeoutMs = "MONITORING_TIMEOUT_MS";

    /// <summary>Seconds that leaving may take.</summary>
    public const string GracefulShutdownTimeout = "METRICS_PERSISTER_GRACEFUL_SHUTDOWN_TIMEOUT";
}

namespace Holdfast.Resilience;

/// <summary>Names of the product's own pipelines and of the breaker they share.</summary>
public static class PipelineNames
{
    /// <summary>The breaker of the database.</summary>
    public const string Database = "database";

    /// <summary>Writes validation metrics. The only pipeline that <c>RESILIENCE_METRICS_PERSISTER_ENABLED</c> switches, and whose attempts
    /// <c>MONITORING_TIMEOUT_MS</c> limits.</summary>
    public const string MetricsPersister = "metrics_persister_db";

    /// <summary>Writes events.</summary>
    public const string EventFlusher = "event_flusher_db";

    /// <summary>Writes samples.</summary>
    public const string SampleFlusher = "sample_flusher_db";

    /// <summary>Reads and replays dead letters.</summary>
    public const string DeadLetters = "dead_letters_db";

    /// <summary>The retry queue.</summary>
    public const string Retries = "retries_db";

    /// <summary>Flags that are kept in the database.</summary>
    public const string Flags = "flags_db";

    /// <summary>What people keep of the page.</summary>
    public const string Preferences = "preferences_db";

    /// <summary>Retention, rollups and partitions; without an attempt timeout.</summary>
    public const string Maintenance = "maintenance_db";

    /// <summary>Opens the database and brings its schema up to date; without an attempt timeout.</summary>
    public const string Migrations = "migrations_db";

    /// <summary>Answers questions: the API's and those of watchers that catch up.</summary>
    public const string Reads = "reads_db";

    /// <summary>Writes down what operators did.</summary>
    public const string Audit = "audit_db";

    private const string AdapterPrefix = "adapter_";

    /// <summary>The pipeline of an adapter, and its breaker.</summary>
    internal static string OfAdapter(string adapter) => AdapterPrefix + adapter;

    internal static bool IsOfAdapter(string name) => name.StartsWith(AdapterPrefix, StringComparison.Ordinal);
}

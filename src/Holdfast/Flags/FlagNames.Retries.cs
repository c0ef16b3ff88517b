namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Whether this process executes retries.</summary>
    public const string RetryEnabled = "HOLDFAST_RETRY_ENABLED";

    /// <summary>Seconds between two looks at the queue when nothing wakes the workers.</summary>
    public const string RetryPollSeconds = "HOLDFAST_RETRY_POLL_INTERVAL_SECONDS";

    /// <summary>Items asked for at once.</summary>
    public const string RetryBatchSize = "HOLDFAST_RETRY_BATCH_SIZE";

    /// <summary>Items executed at one time.</summary>
    public const string RetryWorkerCount = "HOLDFAST_RETRY_WORKER_COUNT";

    /// <summary>Attempts of an item whose type has no policy.</summary>
    public const string RetryDefaultMaxRetries = "HOLDFAST_RETRY_DEFAULT_MAX_RETRIES";

    /// <summary>Seconds that an attempt may take whose type has no policy.</summary>
    public const string RetryDefaultTimeoutSeconds = "HOLDFAST_RETRY_DEFAULT_TIMEOUT_SECONDS";

    /// <summary>Whether priority goes first, always.</summary>
    public const string RetryStrict = "HOLDFAST_RETRY_STRICT";

    /// <summary>Operation types that may be enqueued from outside.</summary>
    public const string RetryExternalTypes = "HOLDFAST_RETRY_EXTERNAL_TYPES";

    /// <summary>Operation types that whoever may send events, and no more, has executed.</summary>
    public const string RetryIngestTypes = "HOLDFAST_RETRY_INGEST_TYPES";

    /// <summary>Attempts a second at one target.</summary>
    public const string RetryTargetRate = "HOLDFAST_RETRY_TARGET_ATTEMPTS_PER_SECOND";

    /// <summary>Signs callbacks.</summary>
    public const string CallbackSecret = "HOLDFAST_CALLBACK_SECRET";

    /// <summary>What callbacks may reach although it is not public.</summary>
    public const string CallbackAllow = "HOLDFAST_CALLBACK_ALLOW";

    /// <summary>Policies by operation type.</summary>
    public const string RetryPolicies = "HOLDFAST_RETRY_RETRY_POLICIES";
}

namespace Holdfast.Cli.Retries;

/// <summary>Filters of retries.</summary>
internal static class RetryFilters
{
    public static FilterOptions Create() => new(
        ("--status", "status", "pending, processing, completed, dead_letter, failed or cancelled."),
        ("--operation-type", "operation_type", "Exact operation type."),
        ("--target", "target", "Exact target."),
        ("--text", "q", "Occurs in the payload or in the last error; of finished items and dead letters."),
        ("--fingerprint", "fingerprint", "Those with one cause."),
        ("--correlation-id", "correlation_id", "Exact correlation id."),
        ("--group", "group_key", "Exact key of an ordered group."));
}

namespace Holdfast.Cli.Dlq;

/// <summary>Filters of dead letters.</summary>
internal static class LetterFilters
{
    public static FilterOptions Create() => new(
        ("--status", "status", "pending, retrying, recovered, failed or discarded."),
        ("--kind", "kind", "event or sample."),
        ("--event-type", "event_type", "Exact type of the event."),
        ("--source", "source", "Exact source of the event."),
        ("--fingerprint", "fingerprint", "Those with one cause."),
        ("--sqlstate", "sqlstate", "The database's name of the fault."),
        ("--correlation-id", "correlation_id", "The value of metadata.correlation_id."),
        ("--text", "text", "Occurs in the payload or in the reason."),
        ("--since", "since", "Dead-lettered at or after: RFC 3339 or unix milliseconds."),
        ("--until", "until", "Dead-lettered before: RFC 3339 or unix milliseconds."));
}

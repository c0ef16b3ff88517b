namespace Holdfast.Pipeline;

/// <summary>What an operator did.</summary>
internal sealed record AuditEntry
{
    /// <summary>Identity; an entry that is written twice is kept once.</summary>
    public required Guid AuditId { get; init; }

    /// <summary>When it was done.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it: <c>local</c> as long as there are no keys.</summary>
    public required string Actor { get; init; }

    /// <summary>What: <c>breaker.reset</c>.</summary>
    public required string Action { get; init; }

    /// <summary>To what: <c>database</c>.</summary>
    public required string Target { get; init; }

    /// <summary>Why, in the operator's words; null when nothing was said.</summary>
    public string? Reason { get; init; }

    /// <summary>The target before and after, and what was asked for: a JSON object.</summary>
    public required string DetailsJson { get; init; }
}

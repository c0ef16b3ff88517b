using Holdfast.Storage;

namespace Holdfast.Pipeline;

/// <summary>What an operator did.</summary>
internal sealed record AuditEntry
{
    /// <summary>Identity; an entry that is written twice is kept once.</summary>
    public required Guid AuditId { get; init; }

    /// <summary>When it was done.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it: the name of a key, the subject of a token, or <c>local</c> where there are no keys.</summary>
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

/// <summary>Which entries of the audit. Null: whatever it is.</summary>
internal sealed record AuditQuery
{
    public string? Actor { get; init; }

    public string? Action { get; init; }

    public string? Target { get; init; }

    /// <summary>Done at this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Done before this instant.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the last page ended. Null: from the newest.</summary>
    public (long Microseconds, Guid AuditId)? Before { get; init; }
}

/// <summary>A page of the audit.</summary>
/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Items, (long Microseconds, Guid AuditId)? Next)
{
    /// <summary>Makes a page of what matches, in order, and one more if there is one.</summary>
    public static AuditPage Of(IReadOnlyList<AuditEntry> matching, int limit) => matching.Count > limit
        ? new AuditPage([.. matching.Take(limit)], (UnixMicroseconds.From(matching[limit - 1].At), matching[limit - 1].AuditId))
        : new AuditPage(matching, Next: null);
}

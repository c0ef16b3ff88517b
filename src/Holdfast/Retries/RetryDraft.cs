using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>An operation to be executed again: the real one with its arguments, not a notice that it failed.</summary>
public sealed record RetryDraft
{
    /// <summary>Names the handler: <c>http_callback</c>. 1 to 100 characters.</summary>
    public required string OperationType { get; init; }

    /// <summary>What it is done to, for example a URL. Up to 2,000 characters.</summary>
    public string Target { get; init; } = "";

    /// <summary>The arguments, as the handler wants them. Up to 1 MiB as UTF-8.</summary>
    public JsonElement Payload { get; init; }

    /// <summary>-10 to 10, higher first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>A UUID of the caller's; an id that is there already is a duplicate. Null: a new one (version 7).</summary>
    public Guid? Id { get; init; }

    /// <summary>Unique among unfinished items, so that the same failure does not become two. Up to 255 characters. Null: not compared.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Handed to the target, so that it can recognise a repeat. Up to 255 characters.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Attempts of this item, 1 to 1,000; the failure that led to it is not counted. Null: as the policy says.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>What one attempt may take, 1 s to 24 h. Null: as the policy says.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long until the first attempt, 0 to 365 days. Default: at once.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to 20 of up to 100 characters.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Items of one group are executed strictly one after the other, in the order in which they came. Up to 255 characters.</summary>
    public string? GroupKey { get; init; }

    /// <summary>The event that told of the failure, kept as it is. Up to 64 KiB.</summary>
    public JsonElement? OriginalEvent { get; init; }
}

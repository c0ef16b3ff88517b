using System.Text.Json.Serialization;

namespace Holdfast.Retries;

/// <summary>An item as it stands in the store.</summary>
internal sealed record RetryItem
{
    public required NewRetry What { get; init; }

    public Guid Id => What.Id;

    public required RetryStatus Status { get; init; }

    /// <summary>Attempts begun, those included that ended with the death of their worker.</summary>
    public required int Attempt { get; init; }

    /// <summary>Attempts whose worker disappeared.</summary>
    public required int Crashes { get; init; }

    /// <summary>When it is due next; of a finished item, when it was last.</summary>
    public required DateTimeOffset RunAfter { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Waits for an earlier item of its group.</summary>
    public bool Blocked { get; init; }

    /// <summary>Changes with every edit, so that two people do not edit the same text.</summary>
    public required int Version { get; init; }

    /// <summary>Of the last failure; null when there was none.</summary>
    public RetryFailure? LastFailure { get; init; }

    /// <summary>While it is being processed: who has it.</summary>
    public RetryHolder? Holder { get; init; }
}

/// <summary>Why an attempt failed.</summary>
/// <param name="Message">The text, up to 2 KiB, with the head of the stack when there was an exception.</param>
/// <param name="Fingerprint">The same for failures with the same cause; see <see cref="RetryFingerprint"/>.</param>
internal sealed record RetryFailure(string Message, string Fingerprint);

/// <summary>Who has an item.</summary>
/// <param name="Token">The fencing token: grows with every claim, and an outcome counts only with the last one.</param>
/// <param name="Process">One run of a worker process.</param>
internal sealed record RetryHolder(long Token, Guid Process, DateTimeOffset ClaimedAt);

/// <summary>A page of items; <see cref="Next"/> is null at the end.</summary>
internal sealed record RetryPage(IReadOnlyList<RetryItem> Items, Guid? Next);

/// <summary>Which items; every filter that is set must hold. Exact keys only on unfinished items, whose table has few indexes.</summary>
internal sealed record RetryFilter
{
    public RetryStatus? Status { get; init; }
    public string? OperationType { get; init; }
    public string? Target { get; init; }
    public string? Fingerprint { get; init; }
    public string? CorrelationId { get; init; }
    public string? GroupKey { get; init; }

    /// <summary>Occurs in the payload or in the last failure, ignoring the case of ASCII letters; taken literally. Finished items and dead letters only.</summary>
    [JsonPropertyName("q")]
    public string? Text { get; init; }
}

/// <summary>A page of items, the newest first (by id: ids of version 7 are in order of time).</summary>
internal sealed record RetryQuery
{
    public RetryFilter Filter { get; init; } = new();

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only items before this one, which the last page ended with. Null: from the newest.</summary>
    public Guid? Before { get; init; }
}

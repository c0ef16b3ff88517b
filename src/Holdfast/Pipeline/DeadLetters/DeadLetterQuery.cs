using System.Text;
using System.Text.Json.Serialization;
using Holdfast.Spool;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>Which letters; every filter that is set must hold.</summary>
internal sealed record DeadLetterFilter
{
    public DeadLetterStatus? Status { get; init; }

    /// <summary>Only letters that something can still be done with: neither recovered nor discarded.</summary>
    public bool OpenOnly { get; init; }

    /// <summary>Only letters after this one. 0: from the oldest.</summary>
    public long AfterId { get; init; }
    public SpoolKind? Kind { get; init; }
    public string? EventType { get; init; }
    public string? Source { get; init; }
    public string? Fingerprint { get; init; }

    /// <summary>The database's name of the fault.</summary>
    [JsonPropertyName("sqlstate")]
    public string? Code { get; init; }

    /// <summary>The value of <c>metadata.correlation_id</c>.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Occurs in the payload (its JSON text) or in the reason, ignoring the case of ASCII letters; taken literally.</summary>
    public string? Text { get; init; }

    /// <summary>Dead-lettered at this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Dead-lettered before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A page of letters.</summary>
internal sealed record DeadLetterQuery
{
    public DeadLetterFilter Filter { get; init; } = new();

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only letters before this one, which the last page ended with. Null: from the newest.</summary>
    public long? BeforeId { get; init; }
}

/// <summary>A page of letters; <see cref="Next"/> is null at the end.</summary>
internal sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Items, long? Next)
{
    /// <summary>Bytes of payloads after which a page ends, whatever its limit.</summary>
    public const long BytesMax = EventPage.BytesMax;

    /// <summary>Makes a page of what matches, in order. Looks one letter further than the page, to know whether there is a next one.</summary>
    public static DeadLetterPage Take(IEnumerable<DeadLetter> matching, int limit)
    {
        var items = new List<DeadLetter>();
        var bytes = 0L;
        foreach (var letter in matching)
        {
            if (items.Count == limit || bytes >= BytesMax)
            {
                return new DeadLetterPage(items, items[^1].Id);
            }

            items.Add(letter);
            bytes += Encoding.UTF8.GetByteCount(letter.PayloadJson);
        }

        return new DeadLetterPage(items, Next: null);
    }
}

/// <summary>Letters with the same cause.</summary>
/// <param name="Letters">How many there are.</param>
/// <param name="Rows">How many rows they stand for.</param>
/// <param name="ExampleId">The newest of them.</param>
/// <param name="Refusal">Why that one was refused.</param>
internal sealed record DeadLetterGroup(
    string Fingerprint, SpoolKind Kind, long Letters, long Rows, DateTimeOffset FirstAt, DateTimeOffset LastAt, long ExampleId, Refusal Refusal);

/// <summary>How many letters there are, by state.</summary>
/// <param name="SizeBytes">Bytes of all of them, as they came.</param>
/// <param name="OldestPendingAt">Null when none is pending.</param>
internal sealed record DeadLetterTotals(long Pending, long Retrying, long Recovered, long Failed, long Discarded, long SizeBytes, DateTimeOffset? OldestPendingAt)
{
    public static DeadLetterTotals None { get; } = new(0, 0, 0, 0, 0, 0, null);

    public long Letters => Pending + Retrying + Recovered + Failed + Discarded;
}

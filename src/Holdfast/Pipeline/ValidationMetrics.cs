using System.Collections.Concurrent;
using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>How the validation of one event type went since the start of the process.</summary>
internal sealed record TypeValidation(ValidationCount Counts, DateTimeOffset LastUpdatedAt);

/// <summary>Running sums by event type.</summary>
internal sealed record ValidationSnapshot(DateTimeOffset Timestamp, IReadOnlyList<TypeValidation> ByEventType, long TotalValidations);

/// <summary>
/// The running sum of validation counts by event type, for people who look; what is stored travels with the spool as deltas. The first
/// <see cref="TypesMax"/> types have a row each, all later ones share <see cref="Other"/>: a client that puts numbers into its types
/// must not grow this table or the store's. Thread-safe.
/// </summary>
internal sealed class ValidationMetrics(TimeProvider time)
{
    public const int TypesMax = 1_000;

    /// <summary>Types that came when the table was full.</summary>
    public const string Other = "(other)";

    /// <summary>Events whose type is missing, blank, overlong or no text.</summary>
    public const string Invalid = "(invalid)";

    private readonly ConcurrentDictionary<string, TypeValidation> _byType = new(Utf8TextComparer.Instance);
    private readonly ConcurrentDictionary<string, string> _names = new(Utf8TextComparer.Instance);
    private int _nameCount;

    /// <summary>The name under which a type is counted.</summary>
    public string Bucket(ReadOnlySpan<byte> eventType)
    {
        if (_names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(eventType, out var known))
        {
            return known;
        }

        if (Volatile.Read(ref _nameCount) >= TypesMax)
        {
            return Other;
        }

        var name = Utf8TextComparer.Instance.Create(eventType);
        if (_names.TryAdd(name, name))
        {
            Interlocked.Increment(ref _nameCount);
        }

        return name;
    }

    /// <summary>Adds the counts of a request. Their names come from <see cref="Bucket"/>.</summary>
    public void Add(IReadOnlyList<ValidationCount> counts)
    {
        var now = time.GetUtcNow();
        foreach (var count in counts)
        {
            _byType.AddOrUpdate(
                count.EventType,
                static (_, added) => new TypeValidation(added.count, added.now),
                static (_, known, added) => new TypeValidation(Sum(known.Counts, added.count), added.now),
                (count, now));
        }
    }

    /// <summary>The rows as they are, in no order and without holding up whoever counts.</summary>
    public IEnumerable<TypeValidation> Rows() => _byType.Select(row => row.Value);

    public ValidationSnapshot Snapshot()
    {
        var rows = _byType.Values.OrderBy(row => row.Counts.EventType, StringComparer.Ordinal).ToList();
        return new ValidationSnapshot(time.GetUtcNow(), rows, rows.Sum(row => row.Counts.Total));
    }

    private static ValidationCount Sum(ValidationCount left, ValidationCount right) => new(
        left.EventType,
        left.Total + right.Total,
        left.Passed + right.Passed,
        left.Failed + right.Failed,
        left.Errors + right.Errors,
        left.Warnings + right.Warnings,
        left.DurationMicroseconds + right.DurationMicroseconds);
}

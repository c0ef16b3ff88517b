using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Counts the validation of one request by event type. Not thread-safe.</summary>
internal sealed class ValidationTally(ValidationMetrics metrics, TimeProvider time)
{
    private readonly Dictionary<string, Row> _byType = new(Utf8TextComparer.Instance);
    private long _lapStart = time.GetTimestamp();

    /// <summary>Counts the event judged since the last call.</summary>
    /// <param name="eventType">Empty when the type cannot name a row.</param>
    public void Count(ReadOnlySpan<byte> eventType, int errors, int warnings)
    {
        var row = RowOf(eventType);
        var now = time.GetTimestamp();
        row.Ticks += now - _lapStart;
        _lapStart = now;
        row.Total++;
        row.Failed += errors > 0 ? 1 : 0;
        row.Errors += errors;
        row.Warnings += warnings;
    }

    public IReadOnlyList<ValidationCount> ToCounts() => _byType
        .Select(pair => pair.Value.ToCount(pair.Key, (long)time.GetElapsedTime(0, pair.Value.Ticks).TotalMicroseconds))
        .ToList();

    private Row RowOf(ReadOnlySpan<byte> eventType)
    {
        if (_byType.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(eventType, out var known))
        {
            return known;
        }

        var name = CanNameRow(eventType) ? metrics.Bucket(eventType) : ValidationMetrics.Invalid;
        if (!_byType.TryGetValue(name, out var row))
        {
            row = _byType[name] = new Row();
        }

        return row;
    }

    // PostgreSQL has no text with a NUL in it: one such name would keep all counts from being stored.
    private static bool CanNameRow(ReadOnlySpan<byte> eventType) => !eventType.IsEmpty && !eventType.Contains((byte)0);

    private sealed class Row
    {
        public long Total { get; set; }
        public long Failed { get; set; }
        public long Errors { get; set; }
        public long Warnings { get; set; }
        public long Ticks { get; set; }

        public ValidationCount ToCount(string name, long microseconds) =>
            new(name, Total, Total - Failed, Failed, Errors, Warnings, microseconds);
    }
}

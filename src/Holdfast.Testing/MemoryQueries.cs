using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Storage;

namespace Holdfast.Testing;

/// <summary>Answers a query by looking at every event.</summary>
internal static class MemoryEventQuery
{
    public static EventPage Run(IEnumerable<StoredEvent> events, EventQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        var ordered = events.OrderByDescending(e => e.Timestamp).ThenByDescending(e => e.Epoch).ThenByDescending(e => e.SequenceId);
        return EventPage.Take(AfterCursor([.. ordered], query.Before).Where(e => Matches(e, query)), limit);
    }

    private static IEnumerable<StoredEvent> AfterCursor(List<StoredEvent> ordered, (long TimestampMicroseconds, Guid EventId)? before)
    {
        if (before is not { } last)
        {
            return ordered;
        }

        var at = ordered.FindLastIndex(e => e.EventId == last.EventId && UnixMicroseconds.From(e.Timestamp) == last.TimestampMicroseconds);
        return at >= 0 ? ordered.Skip(at + 1) : ordered.Where(e => UnixMicroseconds.From(e.Timestamp) < last.TimestampMicroseconds);
    }

    private static bool Matches(StoredEvent e, EventQuery query) =>
        (query.EventType is null || e.EventType == query.EventType)
        && (query.Source is null || e.Source == query.Source)
        && (query.Category is null || e.Category == query.Category)
        && (query.Since is null || e.Timestamp >= query.Since)
        && (query.Until is null || e.Timestamp < query.Until)
        && (query.EventId is null || e.EventId == query.EventId)
        && (query.CorrelationId is null || CorrelationIdOf(e) == query.CorrelationId)
        && (string.IsNullOrEmpty(query.Text) || Contains(e.EventType, query.Text) || Contains(e.Source, query.Text) || Contains(e.DataJson, query.Text));

    private static string? CorrelationIdOf(StoredEvent e)
    {
        using var metadata = JsonDocument.Parse(e.MetadataJson);
        return metadata.RootElement.TryGetProperty("correlation_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
    }

    private static bool Contains(string text, string part) => LowerAscii(text).Contains(LowerAscii(part), StringComparison.Ordinal);

    private static string LowerAscii(string text) => string.Concat(text.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));
}

/// <summary>
/// Answers a query by looking at every sample; written straight from the definitions of the aggregations, and on purpose without the
/// buckets that the other stores share.
/// </summary>
internal static class MemorySeriesQuery
{
    public static IReadOnlyList<SeriesResult> Run(IEnumerable<MemorySample> samples, SeriesQuery query) =>
    [
        .. samples.GroupBy(s => s.Series)
            .Where(group => group.Key.Name == query.Name && HasLabels(group.Key, query.Labels))
            .OrderBy(group => group.Key.LabelsJson, StringComparer.Ordinal)
            .Take(query.SeriesMax)
            .Select(group => new SeriesResult(group.Key, query.Step, Points([.. Distinct(group)], query))),
    ];

    private static bool HasLabels(SeriesDefinition series, IReadOnlyDictionary<string, string> wanted)
    {
        var labels = JsonSerializer.Deserialize<Dictionary<string, string>>(series.LabelsJson)!;
        return wanted.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);
    }

    /// <summary>In order of time; of equal times the one with the highest (batch, row).</summary>
    private static IEnumerable<MemorySample> Distinct(IEnumerable<MemorySample> samples) => samples
        .GroupBy(s => s.TimestampMilliseconds)
        .OrderBy(group => group.Key)
        .Select(group => group.OrderBy(s => s.BatchSeq).ThenBy(s => s.Row).Last());

    private static List<(long UnixMilliseconds, double Value)> Points(IReadOnlyList<MemorySample> samples, SeriesQuery query)
    {
        var step = (long)query.Step.TotalMilliseconds;
        var from = RollupWidth.Floor(query.Since.ToUnixTimeMilliseconds(), step);
        var to = RollupWidth.Floor(query.Until.ToUnixTimeMilliseconds() - 1, step) + step;
        var seen = samples.Where(s => s.TimestampMilliseconds >= from - step && s.TimestampMilliseconds < to).ToList();
        var points = new List<(long UnixMilliseconds, double Value)>();
        foreach (var group in seen.GroupBy(s => RollupWidth.Floor(s.TimestampMilliseconds, step)).Where(group => group.Key >= from))
        {
            if (Value([.. group], seen.LastOrDefault(s => s.TimestampMilliseconds < group.Key), query.Aggregation) is { } value && double.IsFinite(value))
            {
                points.Add((group.Key, value));
            }
        }

        return points;
    }

    private static double? Value(IReadOnlyList<MemorySample> step, MemorySample before, Aggregation aggregation) => aggregation switch
    {
        Aggregation.Avg => step.Sum(s => s.Value) / step.Count,
        Aggregation.Min => step.Min(s => s.Value),
        Aggregation.Max => step.Max(s => s.Value),
        Aggregation.Sum => step.Sum(s => s.Value),
        Aggregation.Last => step[^1].Value,
        Aggregation.Rate => Rate(before.Series is null ? step : [before, .. step]),
        _ => throw new InvalidOperationException($"{aggregation} is not an aggregation."),
    };

    private static double? Rate(IReadOnlyList<MemorySample> samples)
    {
        var grown = samples.Zip(samples.Skip(1), (a, b) => b.Value >= a.Value ? b.Value - a.Value : b.Value).Sum();
        var seconds = (samples[^1].TimestampMilliseconds - samples[0].TimestampMilliseconds) / 1000.0;
        return seconds > 0 ? grown / seconds : null;
    }
}

using Holdfast.Pipeline;

namespace Holdfast.Testing;

/// <summary>The history of validation, worked out from all rows.</summary>
internal static class MemoryValidationQuery
{
    public static ValidationHistory Run(IReadOnlyCollection<ValidationRow> rows, DateTimeOffset now) => new(
        [.. rows.Where(row => row.FlushedAt >= now - ValidationHistory.RecentTime)
            .OrderByDescending(row => row.FlushedAt).ThenBy(row => row.EventType, StringComparer.Ordinal)
            .Take(ValidationHistory.RowsMax)],
        [.. rows.Where(row => row.FlushedAt >= now - ValidationHistory.SummaryTime)
            .GroupBy(row => row.EventType, StringComparer.Ordinal).Select(Summary)
            .OrderByDescending(type => type.TotalEvents).ThenBy(type => type.EventType, StringComparer.Ordinal)
            .Take(ValidationHistory.RowsMax)]);

    private static ValidationSummary Summary(IGrouping<string, ValidationRow> type) => new(
        type.Key,
        type.Count(),
        type.Sum(row => row.TotalEvents),
        type.Sum(row => row.PassedEvents),
        type.Sum(row => row.FailedEvents),
        type.Average(row => row.PassRate),
        type.Average(row => row.AvgValidationTimeMs),
        type.Sum(row => row.TotalErrors),
        type.Sum(row => row.TotalWarnings),
        type.Max(row => row.FlushedAt));
}

using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>What a store keeps of one event type and one flush of the validation metrics.</summary>
/// <param name="PassRate">Passed events of a hundred; 0 when there were none.</param>
/// <param name="AvgValidationTimeMs">Milliseconds an event took.</param>
internal sealed record ValidationRow(
    string EventType,
    long TotalEvents,
    long PassedEvents,
    long FailedEvents,
    double PassRate,
    double AvgValidationTimeMs,
    long TotalErrors,
    long TotalWarnings,
    DateTimeOffset FlushedAt)
{
    /// <summary>The row of these counts: rates are worked out here, once for every store.</summary>
    public static ValidationRow Of(in ValidationCount count, DateTimeOffset flushedAt)
    {
        var events = Math.Max(1, count.Total); // a type without events has a rate of 0, not of 0/0
        return new ValidationRow(
            count.EventType,
            count.Total,
            count.Passed,
            count.Failed,
            100.0 * count.Passed / events,
            count.DurationMicroseconds / 1000.0 / events,
            count.Errors,
            count.Warnings,
            flushedAt);
    }
}

/// <summary>The rows of one event type, put together.</summary>
/// <param name="AvgPassRate">Mean of the rows' pass rates, each flush counting alike.</param>
/// <param name="AvgValidationTimeMs">Mean of the rows' times, each flush counting alike.</param>
internal sealed record ValidationSummary(
    string EventType,
    long FlushCount,
    long TotalEvents,
    long TotalPassed,
    long TotalFailed,
    double AvgPassRate,
    double AvgValidationTimeMs,
    long TotalErrors,
    long TotalWarnings,
    DateTimeOffset LastFlushAt);

/// <summary>What a store has of the validation metrics, like its views <c>validation_metrics_recent</c> and <c>validation_metrics_summary</c>.</summary>
/// <param name="Recent">Rows of the last 24 hours, the newest first.</param>
/// <param name="Summary">The last 7 days by event type, those with most events first.</param>
internal sealed record ValidationHistory(IReadOnlyList<ValidationRow> Recent, IReadOnlyList<ValidationSummary> Summary)
{
    /// <summary>Rows of each list at the most: types are the clients' words, so there may be any number.</summary>
    public const int RowsMax = 1_000;

    public static readonly TimeSpan RecentTime = TimeSpan.FromHours(24);

    public static readonly TimeSpan SummaryTime = TimeSpan.FromDays(7);
}

/// <summary>What a write of validation counts did.</summary>
/// <param name="Approach">Way that the rows took: <c>rpc</c>, <c>direct</c>, <c>view</c>.</param>
/// <param name="Rows">Rows written now; those that were there already are not among them.</param>
internal sealed record ValidationWriteResult(string Approach, int Rows);

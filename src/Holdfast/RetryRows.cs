using Holdfast.Realtime.Changes;
using Holdfast.Retries;

namespace Holdfast;

/// <summary>Tells failed operations that have come to their end as changes of rows, and hands on what else is told of them.</summary>
internal sealed class RetryRows(RowChanges changes, IRetryObserver next, TimeProvider time) : IRetryObserver
{
    public void OnSettled(SettledRetry settled)
    {
        next.OnSettled(settled);
        if (changes.Wants(MonitoringTables.Retries))
        {
            changes.Offer(MonitoringTables.Retries, [RowOf(settled, time.GetUtcNow())]);
        }
    }

    public void OnRescued(RescueResult step) => next.OnRescued(step);

    private static RowChange RowOf(SettledRetry settled, DateTimeOffset at) => new(
        MonitoringTables.Retries,
        ChangeType.Update,
        at,
        [
            ColumnValue.Of(settled.Id),
            ColumnValue.Text(RetryJson.NameOf(settled.Status)),
            ColumnValue.Text(settled.OperationType),
            ColumnValue.Text(settled.Target),
            ColumnValue.TextOrNull(settled.CorrelationId),
            ColumnValue.Of(settled.Attempt, ColumnType.Int4),
            ColumnValue.Of(settled.MaxRetries, ColumnType.Int4),
            ColumnValue.TextOrNull(settled.LastError),
        ]);
}

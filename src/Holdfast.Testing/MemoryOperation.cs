using Holdfast.Operations;
using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>An operation of a <see cref="MemoryOperationStore"/> with the items that it has met.</summary>
internal sealed class MemoryOperation(BulkOperation created)
{
    private readonly List<MemoryRetry> _taken = [];
    private readonly HashSet<MemoryRetry> _met = [];
    private Guid _driver;
    private DateTimeOffset _drivenUntil;

    public BulkOperation Stands { get; private set; } = created;

    public BulkOperation? Save(BulkOperation changed, DateTimeOffset now) => changed.Version != Stands.Version ? null : Stands = Stands with
    {
        State = changed.State,
        Matched = changed.Matched,
        Progress = changed.Progress,
        Step = changed.Step,
        StepBase = changed.StepBase,
        Position = changed.Position,
        AllTaken = changed.AllTaken,
        Because = changed.Because,
        EndedAt = changed.IsOver ? Stands.EndedAt ?? now : null,
        Version = Stands.Version + 1,
    };

    public bool IsFreeFor(Guid process, DateTimeOffset now) =>
        Stands.State == OperationState.Running && (_driver == process || _drivenUntil <= now);

    public void Lease(Guid process, DateTimeOffset until) => (_driver, _drivenUntil) = (process, until);

    /// <summary>Items that it may still take, in the order in which they came.</summary>
    public IEnumerable<MemoryRetry> Matching(MemoryRetries retries, RetryFilter filter) => retries.All.Where(retry =>
        !_met.Contains(retry)
        && OperationReach.Covers(Stands.Kind, Stands.Cutoff, retry.Item, retry.History.LastOrDefault(told => told.Kind == RetryHistoryKind.Requeued)?.At)
        && MemoryRetryQueries.Matches(retry.Item, filter));

    public OperationProgress Take(MemoryRetries retries, MemoryRetry retry, DateTimeOffset now)
    {
        _met.Add(retry);
        if (Change(retries, retry, now) != RetryChangeResult.Done)
        {
            return new OperationProgress(0, 0, 0, 1);
        }

        _taken.Add(retry);
        return new OperationProgress(1, Stands.Kind == OperationKind.Replay ? 0 : 1, 0, 0);
    }

    public OperationProgress ReadOutcomes() => new(
        _taken.Count, CountOf(OperationOutcome.Succeeded), CountOf(OperationOutcome.Failed), _met.Count - _taken.Count);

    private RetryChangeResult Change(MemoryRetries retries, MemoryRetry retry, DateTimeOffset now) => Stands.Kind == OperationKind.Replay
        ? MemoryRetryChanges.Requeue(retries, retry.Item.Id, now, Told).Result
        : MemoryRetryChanges.GiveUp(retry, now, Told);

    private string Told => $"operation {Stands.Id}";

    private int CountOf(OperationOutcome outcome) => _taken.Count(retry => OutcomeOf(retry.Item) == outcome);

    private OperationOutcome OutcomeOf(RetryItem item) =>
        Stands.Kind == OperationKind.Replay ? OperationReach.OutcomeOf(item.Status, item.Attempt) : OperationOutcome.Succeeded;
}

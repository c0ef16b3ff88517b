using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Operations;

/// <summary>
/// Operations over dead letters, in the order of their ids. What comes of a letter is known at once, so the counts are kept in the operation
/// itself: a crash between a portion and its record can leave them one portion short. No letter is lost or stored twice by it, because a
/// letter that is recovered is no longer open.
/// </summary>
internal sealed class DeadLetterItems(IDeadLetterStore letters, DeadLetterContext context) : IOperationItems
{
    private const int GroupsMax = 100_000;

    public async ValueTask<long> CountAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        (await letters.GroupAsync(FilterOf(operation), GroupsMax, cancellationToken)).Sum(group => group.Letters);

    public async ValueTask<(OperationProgress Taken, long Position)> TakeAsync(BulkOperation operation, int limit, CancellationToken cancellationToken)
    {
        var ids = await letters.FindAsync(FilterOf(operation), limit, cancellationToken);
        if (ids.Count == 0)
        {
            return (default, operation.Position);
        }

        // Not cancelled half-way: what was done should be counted.
        cancellationToken.ThrowIfCancellationRequested();
        return (operation.Kind == OperationKind.Replay ? await ReplayAsync(ids) : await DiscardAsync(ids), ids[^1]);
    }

    public ValueTask<OperationProgress> ReadProgressAsync(BulkOperation operation, CancellationToken cancellationToken) => ValueTask.FromResult(operation.Progress);

    private async Task<OperationProgress> ReplayAsync(IReadOnlyList<long> ids)
    {
        var outcomes = await letters.ReplayAsync(new ReplayOrder(ids, LeasedBy: null, context.DelayAfter), CancellationToken.None);
        var skipped = outcomes.Count(outcome => outcome.Result == ReplayResult.Skipped);
        var recovered = outcomes.Count(outcome => outcome.Result == ReplayResult.Recovered);
        var taken = ids.Count - skipped;
        return new OperationProgress(taken, recovered, taken - recovered, skipped);
    }

    private async Task<OperationProgress> DiscardAsync(IReadOnlyList<long> ids)
    {
        var discarded = await letters.DiscardAsync(ids, CancellationToken.None);
        return new OperationProgress(discarded.Count, discarded.Count, 0, ids.Count - discarded.Count);
    }

    private static DeadLetterFilter FilterOf(BulkOperation operation)
    {
        var filter = OperationFilter.Read<DeadLetterFilter>(operation.Filter);
        return filter with
        {
            OpenOnly = true,
            AfterId = operation.Position,
            Until = filter.Until < operation.Cutoff ? filter.Until : operation.Cutoff,
        };
    }
}

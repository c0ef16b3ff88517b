using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Holdfast.Operations;

/// <summary>Moves one operation on by one bounded step. Everything it knows is in the store.</summary>
internal sealed class OperationMover(IOperationStore store, IReadOnlyDictionary<OperationOver, IOperationItems> items, ILogger logger)
{
    // Until something is known of what is on its way.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Returns how long to wait before the next step.</summary>
    public async Task<TimeSpan> MoveOnAsync(BulkOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            return operation.Matched is null ? await CountAsync(operation, cancellationToken) : await StepAsync(operation, cancellationToken);
        }
        catch (JsonException fault)
        {
            // Of another version perhaps. Less of a filter would be more items than somebody asked for.
            await EndAsync(operation, OperationState.Stopped, $"Its filter cannot be read here: {fault.Message}", cancellationToken);
            return TimeSpan.Zero;
        }
    }

    private async Task<TimeSpan> CountAsync(BulkOperation operation, CancellationToken cancellationToken)
    {
        await store.SaveAsync(operation with { Matched = await items[operation.Over].CountAsync(operation, cancellationToken) }, cancellationToken);
        return TimeSpan.Zero;
    }

    // Where a save answers null somebody paused or cancelled it meanwhile: that stands, and the next look shows it.
    private async Task<TimeSpan> StepAsync(BulkOperation seen, CancellationToken cancellationToken)
    {
        var operation = seen with { Progress = await items[seen.Over].ReadProgressAsync(seen, cancellationToken) };
        switch (OperationSteps.Next(operation))
        {
            case OperationMove.Take:
                return await TakeAsync(operation, cancellationToken);

            case OperationMove.Advance:
                await store.SaveAsync(operation with { Step = Math.Min(operation.Step + 1, OperationSteps.Count - 1), StepBase = operation.Progress }, cancellationToken);
                return TimeSpan.Zero;

            case OperationMove.Stop:
                await EndAsync(operation, OperationState.Stopped, WhyStopped(operation), cancellationToken);
                return TimeSpan.Zero;

            case OperationMove.Complete:
                await EndAsync(operation, OperationState.Completed, because: null, cancellationToken);
                return TimeSpan.Zero;

            default:
                await SaveProgressAsync(seen, operation, cancellationToken);
                return Patience;
        }
    }

    private async Task<TimeSpan> TakeAsync(BulkOperation operation, CancellationToken cancellationToken)
    {
        var (taken, position) = await items[operation.Over].TakeAsync(operation, OperationSteps.PortionOf(operation), cancellationToken);
        await KeepAsync(operation, now => now with
        {
            Progress = now.Progress + taken,
            Position = Math.Max(now.Position, position),
            AllTaken = now.AllTaken || taken == default,
        });
        return operation.RatePerSecond is { } rate ? TimeSpan.FromSeconds(taken.Taken / rate) : TimeSpan.Zero;
    }

    // It has been done, whoever paused the operation meanwhile or stops this process.
    private async Task KeepAsync(BulkOperation operation, Func<BulkOperation, BulkOperation> done)
    {
        for (BulkOperation? now = operation; now is not null; now = await store.GetAsync(operation.Id, CancellationToken.None))
        {
            if (await store.SaveAsync(done(now), CancellationToken.None) is not null)
            {
                return;
            }
        }
    }

    private async Task SaveProgressAsync(BulkOperation seen, BulkOperation operation, CancellationToken cancellationToken)
    {
        if (operation.Progress != seen.Progress)
        {
            await store.SaveAsync(operation, cancellationToken);
        }
    }

    private async Task EndAsync(BulkOperation operation, OperationState state, string? because, CancellationToken cancellationToken)
    {
        if (await store.SaveAsync(operation with { State = state, Because = because }, cancellationToken) is not null)
        {
            logger.OperationEnded(operation.Id, OperationJson.NameOf(state), operation.Progress.Taken, operation.Progress.Failed, because ?? "Everything that matched was taken.");
        }
    }

    private static string WhyStopped(BulkOperation operation)
    {
        var step = operation.Progress.Since(operation.StepBase);
        return $"{step.Failed} of {step.Succeeded + step.Failed} items failed again: look at why, then resume or cancel it.";
    }
}

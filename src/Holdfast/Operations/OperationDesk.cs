using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Operations;

/// <summary>What somebody asks to be done to many items.</summary>
/// <param name="Filter">As it was said: a JSON object.</param>
internal sealed record OperationOrder(
    OperationKind Kind, OperationOver Over, string Filter, double? RatePerSecond, bool Canary, double StopAbove, Act Act);

/// <summary>What a change of an operation came to.</summary>
/// <param name="Operation">As it stands now; null when there is none.</param>
/// <param name="Done">Whether it was changed.</param>
internal sealed record OperationChange(BulkOperation? Operation, bool Done);

/// <summary>What people do to operations over many items; everything is written down in the audit.</summary>
/// <param name="items">What operations may be over.</param>
/// <param name="wake">Tells the worker that there is something to do.</param>
internal sealed class OperationDesk(
    IOperationStore store, IReadOnlyDictionary<OperationOver, IOperationItems> items, AuditTrail audit, TimeProvider time, Action wake)
{
    // An operation begins at the store's time. Counting asks no store for it, and leaves nothing out because its clock is ahead of ours.
    private static readonly TimeSpan ClocksApart = TimeSpan.FromDays(1);

    // A worker saves the operation with every portion; each of these reads again and either finds that it has nothing to do or tries again.
    private const int TriesMax = 50;

    /// <summary>Begins an operation; it is durable when this returns, and goes on by itself.</summary>
    public async Task<BulkOperation> BeginAsync(OperationOrder order, CancellationToken cancellationToken)
    {
        var operation = await store.CreateAsync(New(order), cancellationToken);
        await RecordAsync("operation.begin", operation, order.Act, json => WriteDetails(json, operation));
        wake();
        return operation;
    }

    /// <summary>How many items it would be about if it began now. Nothing is begun, and nothing is written down.</summary>
    public ValueTask<long> CountAsync(OperationOrder order, CancellationToken cancellationToken)
    {
        var operation = New(order);
        return items[order.Over].CountAsync(operation with { Cutoff = operation.Cutoff + ClocksApart }, cancellationToken);
    }

    /// <summary>Takes no further items until somebody lets it go on.</summary>
    public Task<OperationChange> PauseAsync(Guid id, Act act, CancellationToken cancellationToken) =>
        ChangeAsync("operation.pause", id, act, state => state == OperationState.Running, OperationState.Paused, cancellationToken);

    /// <summary>Lets an operation go on that was paused, or that stopped by itself; what has failed until then counts no longer.</summary>
    public Task<OperationChange> ResumeAsync(Guid id, Act act, CancellationToken cancellationToken) =>
        ChangeAsync("operation.resume", id, act, state => state is OperationState.Paused or OperationState.Stopped, OperationState.Running, cancellationToken);

    /// <summary>Ends an operation; what it has done stays done.</summary>
    public Task<OperationChange> CancelAsync(Guid id, Act act, CancellationToken cancellationToken) => ChangeAsync(
        "operation.cancel", id, act, state => state is OperationState.Running or OperationState.Paused or OperationState.Stopped, OperationState.Cancelled, cancellationToken);

    /// <summary>One operation with what came of its items by now; null when there is none.</summary>
    public async Task<BulkOperation?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } operation ? await LookAtAsync(operation, cancellationToken) : null;

    private async Task<OperationChange> ChangeAsync(
        string action, Guid id, Act act, Func<OperationState, bool> from, OperationState to, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var operation = await store.GetAsync(id, cancellationToken);
            if (operation is null || !from(operation.State))
            {
                return new OperationChange(operation, Done: false);
            }

            var next = Changed(await LookAtAsync(operation, cancellationToken), to);
            if (await OperatorAction.AskAsync(() => store.SaveAsync(next, cancellationToken), details => RecordAsync(action, next, act, details)) is { } changed)
            {
                await RecordAsync(action, changed, act, json => WriteDetails(json, changed));
                wake();
                return new OperationChange(changed, Done: true);
            }
        }

        return new OperationChange(await store.GetAsync(id, cancellationToken), Done: false);
    }

    private BulkOperation New(OperationOrder order)
    {
        var now = time.GetUtcNow();
        return new BulkOperation
        {
            Id = Guid.CreateVersion7(now),
            Kind = order.Kind,
            Over = order.Over,
            Filter = order.Filter,
            RatePerSecond = order.RatePerSecond,
            Canary = order.Canary,
            StopAbove = order.StopAbove,
            Actor = order.Act.Actor,
            Reason = order.Act.Reason,
            CreatedAt = now,
            Cutoff = now,
        };
    }

    private static BulkOperation Changed(BulkOperation operation, OperationState to) => operation with
    {
        State = to,
        Because = null,
        StepBase = operation.State == OperationState.Stopped && to == OperationState.Running ? operation.Progress : operation.StepBase,
    };

    /// <summary>Items that were taken go on while the operation does not, and nobody looks at them but who asks.</summary>
    private async Task<BulkOperation> LookAtAsync(BulkOperation operation, CancellationToken cancellationToken) =>
        operation is { Over: OperationOver.Retries, Progress.Waiting: > 0 } or { Over: OperationOver.Retries, Progress.Failed: > 0 }
            ? operation with { Progress = await store.ReadRetryOutcomesAsync(operation.Id, cancellationToken) }
            : operation;

    // It has been done, whoever is gone.
    private ValueTask RecordAsync(string action, BulkOperation operation, Act act, Action<Utf8JsonWriter> details) =>
        audit.RecordAsync(OperatorAction.Entry(time, action, $"{operation.Id}", act, details), CancellationToken.None);

    private static void WriteDetails(Utf8JsonWriter json, BulkOperation operation)
    {
        json.WritePropertyName("operation"u8);
        OperationJson.Write(json, operation);
    }
}

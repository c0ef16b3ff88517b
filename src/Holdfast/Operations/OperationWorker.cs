using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Operations;

/// <summary>
/// Moves operations on in rounds, each by one step when its time has come: one that waits, for its rate or for what comes of its items,
/// holds up no other. After a crash, here or on another node, the next portion goes on where the last committed one ended.
/// </summary>
internal sealed class OperationWorker(
    IOperationStore store, IReadOnlyDictionary<OperationOver, IOperationItems> items, Guid process, TimeProvider time, ILogger<OperationWorker> logger) : ILoop
{
    /// <summary>Longer than any step takes, and as long as another process has to wait after a crash.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    /// <summary>Operations driven at one time; those that were begun later wait until one of these is over.</summary>
    public const int DrivenMax = 100;

    // Shorter than the lease, so that waiting prolongs it.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private readonly OperationMover _mover = new(store, items, logger);
    private readonly Dictionary<Guid, DateTimeOffset> _due = [];
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public string Name => "operations";

    /// <summary>There is something to do.</summary>
    public void Wake() => _work.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wait = await RoundAsync(cancellationToken);
            if (wait > TimeSpan.Zero)
            {
                await WaitAsync(wait, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Moves on what is due; returns how long until the next is. By its own, for tests that let no time pass.</summary>
    public async Task<TimeSpan> RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await MoveOnDueAsync(await store.LeaseAsync(process, Lease, DrivenMax, cancellationToken), cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            return Later(unavailable);
        }
    }

    private async Task<TimeSpan> MoveOnDueAsync(IReadOnlyList<BulkOperation> operations, CancellationToken cancellationToken)
    {
        Forget(operations);
        foreach (var operation in operations.Where(operation => _due.GetValueOrDefault(operation.Id) <= time.GetUtcNow()))
        {
            var wait = await TryMoveOnAsync(operation, cancellationToken);
            _due[operation.Id] = time.GetUtcNow() + wait;
        }

        var next = operations.Count == 0 ? Idle : operations.Min(operation => _due[operation.Id]) - time.GetUtcNow();
        return next < Idle ? next : Idle;
    }

    private async Task<TimeSpan> TryMoveOnAsync(BulkOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            return await _mover.MoveOnAsync(operation, cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            return Later(unavailable);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // One that cannot be moved on must not hold up the others; it is tried again.
            logger.OperationFaulted(fault, operation.Id);
            return Idle;
        }
    }

    private void Forget(IReadOnlyList<BulkOperation> driven)
    {
        var ids = driven.Select(operation => operation.Id).ToHashSet();
        foreach (var gone in _due.Keys.Where(id => !ids.Contains(id)).ToList())
        {
            _due.Remove(gone);
        }
    }

    private TimeSpan Later(StoreUnavailableException unavailable)
    {
        if (unavailable.RetryAfter is null)
        {
            logger.OperationsUnavailable(unavailable.Code);
        }

        return unavailable.RetryAfter ?? Idle;
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(wait, time, ends.Token), _work.Reader.WaitToReadAsync(ends.Token).AsTask());
        await ends.CancelAsync();
        _work.Reader.TryRead(out _);
    }
}

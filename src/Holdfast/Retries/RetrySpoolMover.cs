using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Spool;

namespace Holdfast.Retries;

/// <summary>
/// Brings items from the spool to the queue, in their order. A crash between the two leaves a batch in both: its ids are known to the queue
/// then, so nothing is executed twice.
/// </summary>
internal sealed class RetrySpoolMover(IRetryStore store, RetrySpool spool, RetryBell bell, RetryMetrics metrics, RetryEnvironment environment) : ILoop
{
    private static readonly BackoffSchedule AfterFailure = new(TimeSpan.FromMilliseconds(500), 2, TimeSpan.FromSeconds(10), 0.25);

    // The loop only.
    private int _failures;

    public string Name => "spooled retries";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!spool.MayHold)
        {
            await spool.WhenAppendedAsync(cancellationToken);
        }

        var unparked = false;
        while (true)
        {
            try
            {
                // What was refused in an earlier life may be welcome to this version or this database.
                unparked = unparked || await spool.UnparkAsync(cancellationToken) >= 0;
                if (!await MoveAsync(cancellationToken))
                {
                    await spool.WhenAppendedAsync(cancellationToken);
                }
            }
            catch (StoreUnavailableException unavailable)
            {
                environment.Logger.StaysSpooled(unavailable.Code);
                await PauseAsync(unavailable.RetryAfter, cancellationToken);
            }
            catch (Exception fault) when (fault is SpoolUnavailableException or SpoolFullException or InvalidDataException)
            {
                environment.Logger.SpoolFails(fault);
                await PauseAsync(atLeast: null, cancellationToken);
            }
        }
    }

    /// <summary>Whether there was anything.</summary>
    private async Task<bool> MoveAsync(CancellationToken cancellationToken)
    {
        var batches = await spool.ReadAsync(cancellationToken);
        foreach (var batch in batches)
        {
            await MoveAsync(batch, cancellationToken);
            await spool.RemoveAsync([batch.BatchSeq], cancellationToken);
        }

        _failures = 0;
        return batches.Count > 0;
    }

    private async Task MoveAsync(SpooledBatch batch, CancellationToken cancellationToken)
    {
        var waited = environment.Time.GetUtcNow() - batch.ReceivedAt;
        NewRetry[] items = [.. RetrySpoolCodec.Decode(batch).Select(item => item with { Delay = Rest(item.Delay, waited) })];
        try
        {
            Tell(items, await store.EnqueueAsync(items, cancellationToken));
        }
        catch (Exception fault) when (IsRefusal(fault))
        {
            await MoveOneByOneAsync(batch, items, cancellationToken);
        }
    }

    private async Task MoveOneByOneAsync(SpooledBatch batch, NewRetry[] items, CancellationToken cancellationToken)
    {
        for (var i = 0; i < items.Length; i++)
        {
            try
            {
                Tell([items[i]], await store.EnqueueAsync([items[i]], cancellationToken));
            }
            catch (Exception fault) when (IsRefusal(fault))
            {
                environment.Logger.SpooledRefused(fault, items[i].Id);
                var row = new ParkedRow(batch.BatchSeq, i, batch.Kind, RetrySpoolCodec.Encode(items[i]), fault.Message, environment.Time.GetUtcNow());
                await spool.ParkAsync([row], cancellationToken);
            }
        }
    }

    private void Tell(NewRetry[] items, IReadOnlyList<EnqueuedRetry> answers)
    {
        var created = items.Where((_, i) => answers[i].Status == EnqueueStatus.Created).Select(item => item.Delay).ToList();
        environment.Logger.OutOfSpool(created.Count, items.Length - created.Count);
        if (created.Count > 0)
        {
            metrics.Scheduled(created.Count);
            bell.Ring(created.Min());
        }
    }

    // The clock may have been set back meanwhile; what nobody can know is not guessed at.
    private static TimeSpan Rest(TimeSpan delay, TimeSpan waited) =>
        waited <= TimeSpan.Zero ? delay : waited < delay ? delay - waited : TimeSpan.Zero;

    // Everything else than a database that is away is said of the items.
    private static bool IsRefusal(Exception fault) => fault is not (StoreUnavailableException or OperationCanceledException);

    private Task PauseAsync(TimeSpan? atLeast, CancellationToken cancellationToken) =>
        Task.Delay(atLeast ?? AfterFailure.Next(_failures++, environment.Random), environment.Time, cancellationToken);
}

using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Settles what a spool and a store know of each other, whenever the store is (re)opened and before anything is written to it. The store
/// decides what is stored; the spool decides what still waits; what neither has is lost, and is said to be.
/// </summary>
internal sealed class StoreReconciler(ISpool spool, ITelemetryStore store, TimeProvider time, ILogger<StoreReconciler> logger)
{
    // The last one: opening the same store again is no news.
    private StoreIdentity? _opened;

    public async Task<(StoreIdentity Identity, StoreMemory Memory)> ConnectAsync(CancellationToken cancellationToken)
    {
        // 1. The store, with its schema up to date.
        var identity = await store.OpenAsync(cancellationToken);

        // 2. Numbers that the store has seen are never given out again.
        var held = await store.ReadHeldAsync(spool.SpoolId, cancellationToken);
        await spool.RaiseNumberingAsync(held.HighestBatchSeq, held.HighestSequence, cancellationToken);

        // 3. Batches committed just before a crash still wait here: forget them.
        await ForgetHeldAsync(held, cancellationToken);

        // 4. Ranges the spool lost become rows of the batch ledger, so that the mark can pass them.
        await ReportLossesAsync(cancellationToken);

        // 5. What neither waits nor is in this store's ledger had been resolved before the two first met.
        var totals = await store.ReadTotalsAsync(spool.SpoolId, cancellationToken);
        var memory = await spool.RememberStoreAsync(identity.StoreId, new RowCounts(totals.Events.Total, totals.Samples.Total, 0), cancellationToken);

        // 6. If they had met before, it was in this store until a backup was restored.
        await CloseGapsAsync(memory, cancellationToken);

        if (_opened != identity)
        {
            logger.StoreOpened(store.Kind, identity.StoreId, identity.SchemaVersion);
            _opened = identity;
        }

        return (identity, memory);
    }

    /// <summary>Enters what the spool lost into the batch ledger. Harmless when there is nothing.</summary>
    public async Task ReportLossesAsync(CancellationToken cancellationToken)
    {
        var losses = await spool.ReadLossesAsync(cancellationToken);
        if (losses.Count == 0)
        {
            return;
        }

        await store.RecordLossAsync(spool.SpoolId, losses, cancellationToken);
        await spool.ConfirmLossAsync(losses.Select(l => l.FirstBatchSeq).ToArray(), cancellationToken);
        foreach (var loss in losses)
        {
            Tell(loss);
        }
    }

    private void Tell(LostRange loss)
    {
        if (loss.Events + loss.Samples == 0)
        {
            logger.RangeEmpty(loss.FirstBatchSeq, loss.LastBatchSeq, loss.Reason);
        }
        else
        {
            logger.RangeLost(loss.FirstBatchSeq, loss.LastBatchSeq, loss.Events, loss.Samples, loss.Reason);
        }
    }

    private async Task ForgetHeldAsync(StoreHeld held, CancellationToken cancellationToken)
    {
        var done = new List<long>();
        await foreach (var batch in WaitingAsync(cancellationToken))
        {
            if (batch.BatchSeq > held.HighestBatchSeq)
            {
                break;
            }

            if (held.Holds(batch.BatchSeq))
            {
                done.Add(batch.BatchSeq);
            }
        }

        if (done.Count > 0)
        {
            await spool.RemoveAsync(done, cancellationToken);
            logger.AlreadyHeld(done.Count);
        }
    }

    /// <summary>Enters the batches that neither side has any more, so that the mark can pass them and what they held is accounted for.</summary>
    private async Task CloseGapsAsync(StoreMemory memory, CancellationToken cancellationToken)
    {
        // Numbers have no holes, so counting tells whether there is a gap, and only then is the whole spool read.
        var held = await store.ReadHeldAsync(spool.SpoolId, cancellationToken);
        var now = spool.Snapshot();
        if (now.LastBatchSeq - held.ContiguousMark == held.CountAbove + now.Batches)
        {
            return;
        }

        var known = new List<BatchRange>(held.Above);
        await foreach (var batch in WaitingAsync(cancellationToken))
        {
            known.Add(new BatchRange(batch.BatchSeq, batch.BatchSeq));
        }

        var holes = Holes(held.ContiguousMark, known, now.LastBatchSeq).ToArray();
        if (holes.Length > 0)
        {
            await RecordGoneAsync(holes, held, memory, cancellationToken);
        }
    }

    private async Task RecordGoneAsync(
        BatchRange[] holes, StoreHeld held, StoreMemory memory, CancellationToken cancellationToken)
    {
        // Nobody knows how many rows those batches had; what the ledger cannot explain without them is exactly that number.
        var spoolTotals = await spool.ReadTotalsAsync(cancellationToken);
        var storeTotals = await store.ReadTotalsAsync(spool.SpoolId, cancellationToken);
        var unexplained = LedgerSnapshot.Combine(spoolTotals, storeTotals, memory, time.GetUtcNow(), storeCurrent: true);
        var (events, samples) = (Math.Max(0, unexplained.Events.Error), Math.Max(0, unexplained.Samples.Error));
        var isLoss = events + samples > 0;

        // The counts belong to all ranges together; the first one carries them.
        var reason = isLoss ? "store_restored" : "resolved_elsewhere";
        var ranges = holes.Select((hole, i) =>
            new LostRange(hole.First, hole.Last, null, null, i == 0 ? events : 0, i == 0 ? samples : 0, reason, time.GetUtcNow()));
        await store.RecordLossAsync(spool.SpoolId, ranges.ToArray(), cancellationToken);

        var batches = holes.Sum(hole => hole.Count);
        if (isLoss)
        {
            logger.StoreRestored(held.ContiguousMark, holes[0].First, holes[^1].Last, batches, events, samples);
        }
        else
        {
            logger.ResolvedElsewhere(batches, holes[0].First, holes[^1].Last);
        }
    }

    /// <summary>The ranges between the mark and the last number that are not known.</summary>
    private static IEnumerable<BatchRange> Holes(long mark, IEnumerable<BatchRange> known, long last)
    {
        var next = mark + 1;
        foreach (var range in known.OrderBy(range => range.First).TakeWhile(range => range.First <= last))
        {
            if (range.First > next)
            {
                yield return new BatchRange(next, range.First - 1);
            }

            next = range.Last + 1;
        }

        if (next <= last)
        {
            yield return new BatchRange(next, last);
        }
    }

    private async IAsyncEnumerable<SpooledBatch> WaitingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var page = await spool.ReadAsync(new SpoolRead { AfterBatchSeq = after }, cancellationToken);
            if (page.Count == 0)
            {
                yield break;
            }

            foreach (var batch in page)
            {
                yield return batch;
            }

            after = page[^1].BatchSeq;
        }
    }
}

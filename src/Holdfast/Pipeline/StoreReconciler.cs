using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Settles what a spool and a store know of each other, whenever the store is (re)opened and before anything is written to it. The store
/// decides what is stored; the spool decides what still waits; what neither has is lost, and is said to be.
/// </summary>
internal sealed class StoreReconciler(ISpool spool, ITelemetryStore store, TimeProvider time, ILogger<StoreReconciler> logger)
{
    public async Task<(StoreIdentity Identity, StoreMemory Memory)> ConnectAsync(CancellationToken cancellationToken)
    {
        // 1. The store, with its schema up to date.
        var identity = await store.OpenAsync(cancellationToken);

        // 2. Numbers that the store has seen are never given out again.
        var held = await store.ReadHeldAsync(spool.SpoolId, cancellationToken);
        await spool.RaiseNumberingAsync(held.HighestBatchSeq, held.HighestSequence, cancellationToken);

        // 3. What had been resolved elsewhere before this store was first seen; asked before anything is forgotten here.
        var memory = await spool.RememberStoreAsync(identity.StoreId, cancellationToken);

        // 4. Batches committed just before a crash still wait here: forget them.
        await ForgetHeldAsync(held, cancellationToken);

        // 5. Ranges the spool lost become rows of the batch ledger, so that the mark can pass them.
        await ReportLossesAsync(cancellationToken);

        // 6. A store behind what it had confirmed was restored from a backup: what the spool no longer has is lost.
        if (held.ContiguousMark < memory.ContiguousMark)
        {
            await ReportRestoredAsync(held, memory, cancellationToken);
        }

        logger.StoreOpened(store.Kind, identity.StoreId, identity.SchemaVersion);
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
            logger.RangeLost(loss.FirstBatchSeq, loss.LastBatchSeq, loss.Events, loss.Samples, loss.Reason);
        }
    }

    private async Task ForgetHeldAsync(StoreHeld held, CancellationToken cancellationToken)
    {
        var done = new List<long>(held.Above);
        await foreach (var batch in WaitingAsync(cancellationToken))
        {
            if (batch.BatchSeq > held.ContiguousMark)
            {
                break;
            }

            done.Add(batch.BatchSeq);
        }

        if (done.Count > 0)
        {
            await spool.RemoveAsync(done, cancellationToken);
            logger.AlreadyHeld(done.Count);
        }
    }

    private async Task ReportRestoredAsync(StoreHeld held, StoreMemory memory, CancellationToken cancellationToken)
    {
        var waiting = new HashSet<long>();
        await foreach (var batch in WaitingAsync(cancellationToken))
        {
            waiting.Add(batch.BatchSeq);
        }

        var gone = new List<long>();
        for (var seq = held.ContiguousMark + 1; seq <= memory.ContiguousMark; seq++)
        {
            if (!held.Holds(seq) && !waiting.Contains(seq))
            {
                gone.Add(seq);
            }
        }

        // Nobody knows how many rows those batches had; what the ledger cannot explain without them is exactly that number.
        var spoolTotals = await spool.ReadTotalsAsync(cancellationToken);
        var storeTotals = await store.ReadTotalsAsync(spool.SpoolId, cancellationToken);
        var unexplained = LedgerSnapshot.Combine(spoolTotals, storeTotals, memory, time.GetUtcNow(), storeCurrent: true);
        await store.RecordLossAsync(spool.SpoolId, Ranges(gone, unexplained.Events.Error, unexplained.Samples.Error).ToArray(), cancellationToken);
        logger.StoreRestored(held.ContiguousMark, memory.ContiguousMark, gone.Count, unexplained.Events.Error, unexplained.Samples.Error);
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

    // The counts belong to all ranges together; the first one carries them.
    private IEnumerable<LostRange> Ranges(List<long> seqs, long events, long samples)
    {
        for (var i = 0; i < seqs.Count;)
        {
            var last = i;
            while (last + 1 < seqs.Count && seqs[last + 1] == seqs[last] + 1)
            {
                last++;
            }

            yield return new LostRange(seqs[i], seqs[last], null, null, i == 0 ? events : 0, i == 0 ? samples : 0, "store_restored", time.GetUtcNow());
            i = last + 1;
        }
    }
}

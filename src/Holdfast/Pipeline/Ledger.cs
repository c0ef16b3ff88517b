using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>
/// <c>received = stored + dead_lettered + parked + spooled + duplicates + discarded + lost</c> for one kind of row, cumulative for one
/// spool and one store.
/// </summary>
internal readonly record struct LedgerTerms(
    long Received, long Stored, long DeadLettered, long Parked, long Spooled, long Duplicates, long Discarded, long Lost)
{
    /// <summary>What the terms do not explain. Anything but 0 is a fault of the product.</summary>
    public long Error => Received - Stored - DeadLettered - Parked - Spooled - Duplicates - Discarded - Lost;
}

/// <summary>A sample of the ledger.</summary>
/// <param name="StoreCurrent">False while the store cannot be asked: its terms are the last known ones, and rows may wait in the spool.</param>
internal sealed record LedgerSnapshot(LedgerTerms Events, LedgerTerms Samples, DateTimeOffset SampledAt, bool StoreCurrent)
{
    /// <summary>
    /// What the terms do not explain; null while the store cannot be asked. Rows may have left the spool since it could, and a difference
    /// would be none.
    /// </summary>
    public long? Error => StoreCurrent ? Events.Error + Samples.Error : null;

    public static LedgerSnapshot Empty { get; } = new(default, default, DateTimeOffset.UnixEpoch, StoreCurrent: false);

    /// <summary>Puts the two sides together. They must have been read while no write to the store was under way.</summary>
    public static LedgerSnapshot Combine(SpoolTotals spool, StoreTotals store, StoreMemory memory, DateTimeOffset now, bool storeCurrent) => new(
        Terms(spool.Events, store.Events, memory.EventsBefore),
        Terms(spool.Samples, store.Samples, memory.SamplesBefore),
        now,
        storeCurrent);

    // What had been resolved before this store was first seen is the business of the store that holds it.
    private static LedgerTerms Terms(SpoolCounts spool, StoreCounts store, long before) => new(
        spool.Received - before, store.Stored, store.DeadLettered, spool.Parked, spool.Spooled, store.Duplicates, store.Discarded, store.Lost);
}

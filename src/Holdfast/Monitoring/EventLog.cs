using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Monitoring;

/// <summary>
/// The durable history that watchers catch up from: what still waits in the spool and what the store holds. The spool is read first: an
/// event that moves to the store between the two reads is then seen twice, never missed.
/// </summary>
internal sealed class EventLog(ISpool spool, ITelemetryStore store, StoreState storeState)
{
    private const int SpoolRowsMax = 5_000;

    /// <summary>
    /// Events of an epoch with sequence numbers above <paramref name="after"/> and up to <paramref name="upTo"/>, in order, at most
    /// <paramref name="limit"/>. What is missing between two of them is not in the log (any more).
    /// </summary>
    public async ValueTask<IReadOnlyList<StoredEvent>> ReadAsync(Guid epoch, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<long, StoredEvent>();
        if (epoch == spool.SpoolId)
        {
            await ReadSpoolAsync(after, upTo, found, cancellationToken);
        }

        if (storeState.Now.Available)
        {
            foreach (var stored in await store.ReadEventsAfterAsync(epoch, after, limit, cancellationToken))
            {
                if (stored.SequenceId <= upTo)
                {
                    found.TryAdd(stored.SequenceId, stored);
                }
            }
        }

        return found.Values.Take(limit).ToArray();
    }

    private async ValueTask ReadSpoolAsync(long after, long upTo, SortedDictionary<long, StoredEvent> found, CancellationToken cancellationToken)
    {
        var batches = await spool.ReadAsync(
            new SpoolRead { Kinds = [SpoolKind.Event], AfterSequence = after, RowsMax = SpoolRowsMax }, cancellationToken);
        foreach (var batch in batches)
        {
            var published = new PublishedEvents(spool.SpoolId, batch.FirstSequence, batch.Count, batch.ReceivedAt, batch.Payload);
            foreach (var stored in published.ToStored().Where(e => e.SequenceId > after && e.SequenceId <= upTo))
            {
                found[stored.SequenceId] = stored;
            }
        }
    }
}

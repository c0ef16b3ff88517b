namespace Holdfast.Pipeline;

/// <summary>
/// The event log of a store that several nodes write to: how a node hears that another one has stored something, and how far each has come.
/// </summary>
internal interface ISharedLog
{
    /// <summary>
    /// Where the epochs stand that were written to within the last two days, those written to last first. The node's own is among them.
    /// </summary>
    ValueTask<IReadOnlyList<EpochHead>> ReadHeadsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Listens until it is cancelled, and then completes without a fault. Connects again by itself, and rings once after each time, since
    /// something may have been missed. Where listening is impossible it says so once in the log and goes on trying.
    /// </summary>
    /// <param name="heard">Called from any thread when another node has rung; must not block.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    Task ListenAsync(Action<LogRing> heard, CancellationToken cancellationToken);

    /// <summary>
    /// Rings at the nodes that listen. Call it after the rows are committed, and not for each of many. Only a hint: a ring may be lost. A
    /// fault is logged and not thrown.
    /// </summary>
    ValueTask RingAsync(LogRing ring, CancellationToken cancellationToken);
}

/// <summary>What one node rings for at the others.</summary>
internal enum LogRing
{
    /// <summary>Events were committed.</summary>
    Stored,

    /// <summary>Somebody watches here, and waits for what the others store.</summary>
    Watching,
}

/// <summary>How far the store has come with an epoch.</summary>
/// <param name="Epoch">The spool whose numbers they are.</param>
/// <param name="SettledTo">Of every number up to here it is decided what became of it: nothing comes later from below.</param>
/// <param name="ResumedAfter">
/// Where it stood when it was written to again after a day of silence; 0 when there was none. Who has not heard of the epoch has missed
/// what comes after this.
/// </param>
internal sealed record EpochHead(Guid Epoch, long SettledTo, long ResumedAfter);

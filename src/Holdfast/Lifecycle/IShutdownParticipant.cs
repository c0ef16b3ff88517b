namespace Holdfast.Lifecycle;

/// <summary>The nine steps of leaving, in order. A participant takes part in one of them.</summary>
public enum ShutdownPhase
{
    /// <summary>The signal is noted and logged.</summary>
    Signal = 1,

    /// <summary>Readiness turns 503 and nothing new is accepted.</summary>
    StopAccepting = 2,

    /// <summary>What was already being worked on ends.</summary>
    DrainInFlight = 3,

    /// <summary>Waiting data is sent on: persister, queues, sockets.</summary>
    Flush = 4,

    /// <summary>What could not be sent stays in the spool, and is counted.</summary>
    Persist = 5,

    /// <summary>Background loops end; leases go back without counting an attempt.</summary>
    StopWorkers = 6,

    /// <summary>WebSockets are closed with a reason and a hint when to come back.</summary>
    CloseSockets = 7,

    /// <summary>Database connections and files are closed.</summary>
    ClosePools = 8,

    /// <summary>One line with what was flushed, spooled, dead-lettered and dropped, and the exit code.</summary>
    FinalReport = 9,
}

/// <summary>
/// A part that has something to do when the process leaves. Each participant has its own share of the budget: one that hangs costs
/// only its share, and the process still leaves in time.
/// </summary>
public interface IShutdownParticipant
{
    /// <summary>Name for the log, in words of the domain: <c>flusher</c>, <c>spool</c>.</summary>
    string Name { get; }

    /// <summary>The phase in which <see cref="ShutdownAsync"/> is called.</summary>
    ShutdownPhase Phase { get; }

    /// <summary>How long this participant may take at most. Default: 5 seconds.</summary>
    TimeSpan Share => TimeSpan.FromSeconds(5);

    /// <summary>Does the work of the phase. What is not done when the token is cancelled must be safe where it is.</summary>
    /// <param name="report">What happened, for the final line.</param>
    /// <param name="cancellationToken">Cancelled when the share or the whole budget is used up.</param>
    ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken);
}

/// <summary>What a shutdown did, in rows; the final log line and the exit code come from it. Thread-safe.</summary>
public sealed class ShutdownReport
{
    private long _flushed;
    private long _spooled;
    private long _deadLettered;
    private long _dropped;

    /// <summary>Rows that reached the store during the shutdown.</summary>
    public long Flushed => Interlocked.Read(ref _flushed);

    /// <summary>Rows that wait in the spool for the next start.</summary>
    public long Spooled => Interlocked.Read(ref _spooled);

    /// <summary>Rows that were dead-lettered during the shutdown.</summary>
    public long DeadLettered => Interlocked.Read(ref _deadLettered);

    /// <summary>Rows that were lost. Anything but 0 is a fault.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Adds to the counts.</summary>
    public void Add(long flushed = 0, long spooled = 0, long deadLettered = 0, long dropped = 0)
    {
        Interlocked.Add(ref _flushed, flushed);
        Interlocked.Add(ref _spooled, spooled);
        Interlocked.Add(ref _deadLettered, deadLettered);
        Interlocked.Add(ref _dropped, dropped);
    }
}

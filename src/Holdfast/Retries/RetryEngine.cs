using Holdfast.Lifecycle;

namespace Holdfast.Retries;

/// <summary>The queue of failed operations of one process, put together: the way in, the workers, and what keeps them going.</summary>
internal sealed class RetryEngine : IDisposable
{
    private readonly RetrySignal _signal;
    private readonly RetryMetrics _metrics;
    private readonly RetryLease _lease;
    private readonly RetryExecutor _executor;
    private readonly RetryFetcher _fetcher;

    /// <param name="handlers">Of two for one operation type the later counts.</param>
    /// <param name="others">Wakes the workers of other processes; null where there are none.</param>
    /// <param name="spool">Where items wait while the database is away. Whoever made it disposes of it.</param>
    /// <param name="meterScope">Whose metrics they are, where there are several nodes in one process.</param>
    public RetryEngine(IRetryStore store, IEnumerable<IRetryHandler> handlers, RetryEnvironment environment, IRetryDoorbell? others, RetrySpool spool, object meterScope)
    {
        _signal = new RetrySignal(environment.Time);
        _metrics = new RetryMetrics(meterScope, environment.Time);
        _lease = new RetryLease(store, environment);
        Handlers = new RetryHandlers(handlers, environment.Logger);
        Unhandled = new UnhandledTypes(Handlers, shared: others is not null, environment.Time);
        Destinations = new DestinationGates(environment);
        var bell = new RetryBell(_signal, others, environment);
        var acks = new RetryAckWriter(store, _lease, _signal, _metrics, environment);
        _executor = new RetryExecutor(Handlers, Destinations, acks, _metrics, environment);
        var crew = new RetryCrew(new RetryWorkers(() => environment.Options().WorkerCount, _executor.ExecuteAsync), acks, _metrics, environment);
        _fetcher = new RetryFetcher(store, Handlers.Types, _lease, crew, _signal, environment);
        Queue = new RetryIntake(store, spool, environment, bell, _metrics);
        Loops =
        [
            _lease, _fetcher, bell, new RetryRescuer(store, bell, _metrics, environment), new RetryMaintenance(store, _metrics, Unhandled, environment),
            new RetrySpoolMover(store, spool, bell, _metrics, environment),
        ];
        Participants = [new RetryDrain(_fetcher, crew), new RetryFarewell(_fetcher, _executor, crew, _lease, environment.Logger)];
    }

    /// <summary>The way in.</summary>
    public IRetryQueue Queue { get; }

    /// <summary>Who executes what.</summary>
    public RetryHandlers Handlers { get; }

    /// <summary>What waits here for a handler.</summary>
    public UnhandledTypes Unhandled { get; }

    /// <summary>The destinations with their breakers.</summary>
    public DestinationGates Destinations { get; }

    /// <summary>How long the item that was due first has been waiting, as far as this process sees it; zero when nothing that is due waits.</summary>
    public TimeSpan OldestAge => _metrics.OldestAge;

    /// <summary>What has to run.</summary>
    public IReadOnlyList<ILoop> Loops { get; }

    /// <summary>What has to be told when the process leaves.</summary>
    public IReadOnlyList<IShutdownParticipant> Participants { get; }

    /// <summary>Wakes the workers: an operator has put something back.</summary>
    public void Wake() => _signal.Ring();

    public void Dispose()
    {
        _fetcher.Dispose();
        _executor.Dispose();
        _lease.Dispose();
        _signal.Dispose();
        _metrics.Dispose();
    }
}

using System.Reflection;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Sources;
using Holdfast.Spool;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>
/// One running Holdfast: makes its parts in the order they need each other, starts them before the host accepts anything, and takes them
/// through the shutdown phases when the host stops.
/// </summary>
internal sealed class HoldfastNode(
    FlagManager flags,
    IHoldfastStorage storage,
    LifecycleState lifecycle,
    IEnumerable<IShutdownParticipant> guests,
    IEnumerable<ISource> sourcesOfApplication,
    TimeProvider time,
    ILoggerFactory loggers)
    : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(2);

    private NodeParts? _parts;

    /// <summary>The parts.</summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public NodeParts Parts => _parts ?? throw new InvalidOperationException("Holdfast has not been started: it starts with the host (await host.StartAsync()).");

    /// <summary>0, or 1 when the shutdown had to drop something.</summary>
    public int ExitCode { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // 1. The spool first: what it holds decides everything else, and without it nothing may be accepted.
        var spool = await storage.OpenSpoolAsync(Settings.Spool(flags), time, loggers, cancellationToken);
        var store = storage.CreateStore(flags.GetString(FlagNames.Data), time, loggers);

        // 2. The parts, each with those it needs.
        _parts = Compose(spool, store);

        // 3. Loops run, and the store gets a moment, so that usually nothing is accepted before both sides agree on what is stored.
        _parts.Loops.Start();
        await Task.WhenAny(_parts.Flusher.FirstAttempt, Task.Delay(StorePatience, time, cancellationToken));
        lifecycle.MarkStarted();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => _parts?.Shutdown.LeaveAsync() ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_parts is { } parts)
        {
            await parts.Shutdown.FinishAsync();
            ExitCode = parts.Shutdown.Report.Dropped == 0 ? 0 : 1;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _parts, null) is { } parts)
        {
            await parts.DisposeAsync();
        }
    }

    private NodeParts Compose(ISpool spool, ITelemetryStore store)
    {
        // Survive: whoever uses the store does it through a pipeline, and all of them share the breaker of the database.
        var resilience = new NodeResilience(this, flags, time, loggers);
        var pipelines = new StorePipelines(resilience.Pipelines);
        var letterCounters = new DeadLetterCounters();
        store = new ResilientTelemetryStore(store, pipelines, letterCounters);

        // Record: intake -> spool -> flusher -> store.
        var storeState = new StoreState();
        var reconciler = new StoreReconciler(spool, store, time, loggers.CreateLogger<StoreReconciler>());
        var flushMetrics = new FlushMetrics(this, storeState, store.Kind);
        var context = new FlusherContext(new FlusherOptions(), time, RandomNumbers())
        {
            Metrics = flushMetrics,
            Breaker = pipelines.Breaker,
            DeadLetters = () => resilience.Pipelines.Options.DeadLettersEnabled,
        };
        var flusher = new Flusher(spool, store, reconciler, storeState, context, loggers.CreateLogger<Flusher>());

        // Show: recorded -> broadcaster -> adapter -> watchers.
        var log = new EventLog(spool, store, storeState);
        var recent = new RecentEvents();
        var adapter = new WebSocketAdapter();
        var broadcaster = new Broadcaster(spool, [adapter], log, recent, time, loggers.CreateLogger<Broadcaster>());
        var refusals = new Refusals();
        var validation = new ValidationMetrics(time);
        var intakeMetrics = new IntakeMetrics(this, refusals);
        var recorder = new Recorder(spool, [broadcaster, intakeMetrics], refusals, loggers.CreateLogger<Recorder>());
        var decoder = new EventDecoder(() => Settings.Intake(flags), new EventClassifier(), validation, time);
        var intake = new EventIntake(decoder, recorder, validation, refusals);
        var database = new DatabaseStatus(store.Kind, storeState, resilience.Pipelines);
        var identity = Identity();
        var status = new ServiceStatus(identity, spool, database, flusher, lifecycle, time) { AdapterAskedFor = () => flags.GetString(FlagNames.AdapterType) };
        var rates = new Rates(() => (broadcaster.Events, broadcaster.Series.Samples, refusals.Snapshot().EventsTotal), time);
        var overview = new Overview(status, spool, flusher, broadcaster, recent, rates, time);

        var audit = new AuditTrail(intake, store, time, loggers.CreateLogger<AuditTrail>());
        var samples = new SampleIntake(recorder, () => Settings.Intake(flags), refusals);
        var registry = new SeriesRegistry(() => new SeriesOptions(), time);
        var otlp = new OtlpIntake(samples, registry, () => Settings.Otlp(flags), refusals, time);
        var sources = new SourceRecorder(
            new SourceReader(Sources(), registry, loggers.CreateLogger<SourceReader>()), samples, loggers.CreateLogger<SourceRecorder>());
        var persister = new MetricsPersister(
            spool, store, storeState, new PersisterContext(() => PersisterSettings.Read(flags), time), loggers.CreateLogger<MetricsPersister>());

        // Put back: dead letters by themselves and by hand, parked rows when they need not be parked any more.
        var letters = new DeadLetterContext(() => Settings.DeadLetters(flags), flags.GetString(FlagNames.Node), time, RandomNumbers());
        var letterWorker = new DeadLetterWorker(store.DeadLetters, storeState, letters, letterCounters, loggers.CreateLogger<DeadLetterWorker>());
        var desk = new DeadLetterDesk(store.DeadLetters, new DeadLetterEditor(decoder, time), audit, letters);
        ILoop[] loops =
        [
            flusher,
            new LedgerSampler(flusher, time, loggers.CreateLogger<LedgerSampler>()),
            persister,
            letterWorker,
            new ParkedRows(spool, storeState, context.DeadLetters, time, loggers.CreateLogger<ParkedRows>()),
            new MaintenanceWorker(store, storeState, () => Settings.Retention(flags), time, loggers.CreateLogger<MaintenanceWorker>()),
            broadcaster,
            new Pulse(broadcaster, overview, rates, flusher, time),
            new SourcesWorker(sources, lifecycle, () => Settings.Sources(flags), time),
            audit,
            new CircuitEvents(resilience.Pipelines, intake, time, loggers.CreateLogger<CircuitEvents>()),
            new OverrideFileWatcher(flags, time, loggers.CreateLogger<OverrideFileWatcher>()),
        ];
        var host = new LoopHost(loops, time, loggers.CreateLogger<LoopHost>());
        IShutdownParticipant[] participants = [new InFlightDrain(lifecycle), flusher, persister, new SpoolKeep(spool), letterWorker, host, new PoolsClose(spool, store), .. guests];
        var shutdown = new ShutdownSequence(participants, lifecycle, () => Settings.Lifecycle(flags), time, loggers.CreateLogger<ShutdownSequence>());
        var measured = new MeasuredParts(spool, flusher, validation, persister, [adapter], identity);
        var metrics = new NodeMetrics(this, measured, [flushMetrics, intakeMetrics, new DeadLetterMetrics(this, letterCounters, () => flusher.DeadLetteredRows)], time, loggers);
        return new NodeParts(
            spool, store, storeState, flusher, persister, validation, metrics, intake, otlp, broadcaster, adapter, log, status, overview, resilience, audit,
            new DeadLetterParts(desk, letterCounters), host, shutdown,
            [PersisterSettings.Follow(flags, persister), persister, letterWorker, metrics, otlp]);
    }

    private IEnumerable<ISource> Sources()
    {
        var options = Settings.Sources(flags);
        if (options.Host)
        {
            yield return new HostSource(new LocalHostFiles());
        }

        if (options.Runtime)
        {
            yield return new RuntimeSource(time);
        }

        foreach (var source in sourcesOfApplication)
        {
            yield return source;
        }
    }

    private ServiceIdentity Identity() => new(
        flags.GetString(FlagNames.Node),
        typeof(HoldfastNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0",
        time.GetUtcNow(),
        flags.GetString(FlagNames.BasePath));

    // Chance for jitter: nothing here has to be unguessable or repeatable.
    private static Func<double> RandomNumbers()
    {
        var random = new Random();
        return () =>
        {
            lock (random)
            {
                return random.NextDouble();
            }
        };
    }
}

/// <summary>The parts of a running node.</summary>
internal sealed record NodeParts(
    ISpool Spool,
    ITelemetryStore Store,
    StoreState StoreState,
    Flusher Flusher,
    MetricsPersister Persister,
    ValidationMetrics Validation,
    NodeMetrics Metrics,
    EventIntake Intake,
    OtlpIntake Otlp,
    Broadcaster Broadcaster,
    WebSocketAdapter Adapter,
    EventLog Log,
    ServiceStatus Status,
    Overview Overview,
    NodeResilience Resilience,
    AuditTrail Audit,
    DeadLetterParts DeadLetters,
    LoopHost Loops,
    ShutdownSequence Shutdown,
    IReadOnlyList<IDisposable> Owned) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Loops.DisposeAsync();
        await Store.DisposeAsync();
        await Spool.DisposeAsync();
        Resilience.Dispose();
        Shutdown.Dispose();
        foreach (var owned in Owned)
        {
            owned.Dispose();
        }
    }
}

/// <summary>What people work on dead letters with, and what came of it.</summary>
internal sealed record DeadLetterParts(DeadLetterDesk Desk, DeadLetterCounters Counters);

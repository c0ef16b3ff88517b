using System.Reflection;
using Holdfast.Access;
using Holdfast.BuiltIn;
using Holdfast.BuiltIn.EventFilter;
using Holdfast.BuiltIn.Retry;
using Holdfast.BuiltIn.Rooms;
using Holdfast.BuiltIn.Sql;
using Holdfast.Components;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Operations;
using Holdfast.Otlp;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Preferences;
using Holdfast.Realtime;
using Holdfast.Realtime.Changes;
using Holdfast.Resilience;
using Holdfast.Retries;
using Holdfast.Rollout;
using Holdfast.Sources;
using Holdfast.Spool;
using Holdfast.Supabase;
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
    ApplicationParts application,
    TimeProvider time,
    ILoggerFactory loggers)
    : IHostedLifecycleService, IAsyncDisposable
{
    // Whoever waits for the server waits for this too when the store does not answer at all.
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(1);

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
        var retries = storage.CreateRetries(flags.GetString(FlagNames.Data), time, loggers);
        var flagStorage = storage.CreateFlags(flags.GetString(FlagNames.Data), time, loggers);
        var preferences = storage.CreatePreferences(flags.GetString(FlagNames.Data), time, loggers);

        // 2. The parts, each with those it needs.
        _parts = Compose(spool, store, retries, flagStorage, storage.CreateKeys(flags.GetString(FlagNames.Data), time, loggers), preferences);

        // 3. Loops run and components begin to start. The store gets a moment, so that usually nothing is accepted before both sides agree
        //    on what is stored; nothing else is waited for.
        _parts.Loops.Start();
        var components = _parts.Components.StartAsync(cancellationToken);
        await Task.WhenAny(Task.WhenAll(_parts.Flusher.FirstAttempt, _parts.Access.Watch.FirstAttempt), Task.Delay(StorePatience, time, cancellationToken));
        await components;
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

    private NodeParts Compose(ISpool spool, ITelemetryStore store, RetryStorage retryStorage, FlagStorage flagStorage, IKeyStore keys, IPreferenceStore preferences)
    {
        // Survive: whoever uses the store does it through a pipeline, and all of them share the breaker of the database.
        var resilience = new NodeResilience(this, flags, time, loggers);
        var pipelines = new StorePipelines(resilience.Pipelines);
        var letterCounters = new DeadLetterCounters();
        store = new ResilientTelemetryStore(store, pipelines, letterCounters);
        preferences = new ResilientPreferenceStore(preferences, pipelines);

        // Shown over the Realtime protocol, beside what is recorded.
        var realtime = new RealtimeServer(() => Settings.Realtime(flags), time);
        var letterRows = new DeadLetterRows(store.DeadLetters, realtime.Changes);

        // Record: intake -> spool -> flusher -> store.
        var storeState = new StoreState();
        var reconciler = new StoreReconciler(spool, store, time, loggers.CreateLogger<StoreReconciler>());
        var flushMetrics = new FlushMetrics(this, storeState, store.Kind);
        var bell = store.Shared is { } bellOfStore ? new EventBell(bellOfStore, time) : null;
        var elsewhere = bell is null ? null : new WatchedElsewhere(bell, time);
        var context = new FlusherContext(new FlusherOptions(), time, RandomNumbers.Create())
        {
            EventsStored = () => bell?.Ring(LogRing.Stored),
            WatchedElsewhere = () => elsewhere?.IsWatched ?? false,
            DeadLettered = letterRows.OnWritten,
            Metrics = flushMetrics,
            Breaker = pipelines.Breaker,
            DeadLetters = () => resilience.Pipelines.Options.DeadLettersEnabled,
        };
        var flusher = new Flusher(spool, store, reconciler, storeState, context, loggers.CreateLogger<Flusher>());

        // Show: recorded -> broadcaster -> adapter -> watchers.
        var log = new EventLog(spool, store, storeState);
        var recent = new RecentEvents();
        var adapter = new WebSocketAdapter();
        var supabase = NodeSupabase.Of(flags, spool.SpoolId, resilience.Pipelines, time, RandomNumbers.Create(), loggers);
        var broadcast = new NodeBroadcast(flags, [adapter, realtime.Adapter], supabase, resilience.Pipelines, time, loggers);
        var broadcaster = new Broadcaster(spool, broadcast.Switch, log, recent, time, loggers.CreateLogger<Broadcaster>(), isAlone: store.Shared is null);
        var follower = store.Shared is { } shared
            ? new EventFollower(shared, broadcaster, log, recent, storeState, time, loggers.CreateLogger<EventFollower>()) { StoreTried = flusher.FirstAttempt, Elsewhere = elsewhere }
            : null;
        supabase?.Publisher.Describe = () => LiveFrames.Series(broadcaster.Series.Entries());
        var refusals = new Refusals();
        var validation = new ValidationMetrics(time);
        var intakeMetrics = new IntakeMetrics(this, refusals);
        var recorder = new Recorder(spool, [broadcaster, intakeMetrics], refusals, loggers.CreateLogger<Recorder>());
        var decoder = new EventDecoder(() => Settings.Intake(flags), new EventClassifier(), validation, time);
        var bus = application.Bus;
        var intake = new EventIntake(decoder, recorder, validation, refusals) { Failures = new OutsideFailures(bus, time) };
        var systemEvents = new SystemEvents(intake, time, loggers.CreateLogger<SystemEvents>());
        var news = new SystemNews(bus, systemEvents, Settings.Sources(flags).System);
        resilience.Pipelines.Subscribe(news.OnCircuitMoved);
        broadcast.Switch.Observer = new BroadcastNews(news);
        var database = new DatabaseStatus(store.Kind, storeState, resilience.Pipelines);
        var identity = Identity();
        NodeComponents? components = null;
        NodeHealth? health = null;
        var status = new ServiceStatus(identity, spool, database, flusher, lifecycle, time)
        {
            AdapterAskedFor = () => flags.GetString(FlagNames.AdapterType),
            Adapters = broadcast.Switch,
            ProblemsOfComponents = () => components?.Problems() ?? [],
            ProblemsOfChecks = () => health?.Problems() ?? [],
        };
        var rates = new Rates(() => (broadcaster.Events, broadcaster.Series.Samples, refusals.Snapshot().EventsTotal), time);
        var overview = new Overview(status, spool, flusher, broadcaster, recent, rates, time) { FreshenAsync = () => follower?.FreshenAsync() ?? Task.CompletedTask };

        var audit = new AuditTrail(intake, store, time, loggers.CreateLogger<AuditTrail>());

        // Let in: keys, as they are in the store or were last known.
        var access = new NodeAccess(flags, keys, audit, time, loggers);

        // Set at run time: until the store is read, what was known when the process last ran.
        var runtimeFlags = new NodeFlags(flagStorage, pipelines, flags, audit, time, loggers);
        runtimeFlags.Keeper.TakeKnown();
        var samples = new SampleIntake(recorder, () => Settings.Intake(flags), refusals);
        var registry = new SeriesRegistry(() => new SeriesOptions(), time);
        var otlp = new OtlpIntake(samples, registry, () => Settings.Otlp(flags), refusals, time);
        var sources = new SourceRecorder(
            new SourceReader(Sources(), registry, loggers.CreateLogger<SourceReader>()), samples, loggers.CreateLogger<SourceRecorder>());
        var persister = new MetricsPersister(
            spool, store, storeState, new PersisterContext(() => PersisterSettings.Read(flags), time) { Written = realtime.Changes.OnValidation }, loggers.CreateLogger<MetricsPersister>());

        // Put back: dead letters by themselves and by hand, parked rows when they need not be parked any more.
        var letters = new DeadLetterContext(() => Settings.DeadLetters(flags), flags.GetString(FlagNames.Node), time, RandomNumbers.Create());
        var letterWorker = new DeadLetterWorker(store.DeadLetters, storeState, letters, letterCounters, loggers.CreateLogger<DeadLetterWorker>());
        var desk = new DeadLetterDesk(store.DeadLetters, new DeadLetterEditor(decoder, time), audit, letters);

        // Execute again: the queue of failed operations.
        var sql = Settings.Sql(flags) is { Enabled: true } sqlOptions ? new NodeSql(this, sqlOptions, application.SqlDrivers, time) : null;
        var retryStore = new ResilientRetryStore(retryStorage.Store, pipelines, () => Settings.Retries(flags));
        var retryEnvironment = new RetryEnvironment(
            flags.GetString(FlagNames.Node), () => Settings.Retries(flags), time, RandomNumbers.Create(), loggers.CreateLogger<RetryEngine>())
        {
            Observer = new RetryRows(realtime.Changes, new RetryNews(bus, news), time),
        };
        var callbacks = new HttpCallbackHandler(() => Settings.Callbacks(flags), time);
        var rooms = new NodeRooms(this, Settings.Rooms(flags), time, RandomNumbers.Create(), loggers);
        IRetryHandler[] handlers =
        [
            callbacks, NodeHealth.Webhook(callbacks, flags), new EventPublishHandler(intake), new NotExecutableHandler(), .. Statements(retryStorage.Statements, sql), .. rooms.Handlers, .. application.Handlers,
        ];
        var retrySpool = RetrySpool();
        var retries = new RetryEngine(retryStore, handlers, retryEnvironment, retryStorage.Doorbell, retrySpool, this);
        var retryDesk = new RetryDesk(retryStore, audit, time, retries.Wake);

        // Live their own lives, on the bus: what catches failures, and what the application has put in.
        bool AllowsOutside(string operationType) =>
            retries.Handlers.AllowsExternal(operationType) || FlagText.List(flags.GetString(FlagNames.RetryExternalTypes)).Contains(operationType, StringComparer.Ordinal);
        var captureMetrics = new CaptureMetrics(this);
        bool AllowsRecorders(string operationType) => FlagText.List(flags.GetString(FlagNames.RetryIngestTypes)).Contains(operationType, StringComparer.Ordinal);
        var capture = new RetryComponent(retries.Queue, new OutsideTypes(AllowsOutside, AllowsRecorders), captureMetrics, time, RandomNumbers.Create(), loggers.CreateLogger<RetryComponent>());
        var commands = new NodeCommands(this, flags, application, time, loggers)
        {
            Status = status,
            Pipelines = resilience.Pipelines,
            Retries = retryStore,
            RetryDesk = retryDesk,
            Components = () => components?.Statuses ?? [],
            Health = () => health?.Board.Snapshot(),
        };
        var eventRules = new EventRuleBook(Path.Combine(flags.GetString(FlagNames.Data), EventRuleBook.FileName));
        var eventRuleMetrics = new EventRuleMetrics(this);
        var eventFilter = new EventFilterComponent(eventRules, intake, eventRuleMetrics, loggers.CreateLogger<EventFilterComponent>());
        IComponent[] builtIn = [capture, commands.MakeComponent(bus), eventFilter, .. rooms.Components, .. sql is null ? Array.Empty<IComponent>() : [sql.Component]];

        // Over many at once: durable operations.
        var operationStore = new ResilientOperationStore(retryStorage.Operations, retryStore);
        var operationItems = new Dictionary<OperationOver, IOperationItems>
        {
            [OperationOver.Retries] = new RetryItems(operationStore, retries.Wake),
            [OperationOver.DeadLetters] = new DeadLetterItems(store.DeadLetters, letters),
        };
        var operations = new OperationWorker(operationStore, operationItems, Guid.CreateVersion7(time.GetUtcNow()), time, loggers.CreateLogger<OperationWorker>());
        var operationDesk = new OperationDesk(operationStore, operationItems, audit, time, operations.Wake);

        // Look after itself: what it checks, and what it does about it.
        health = new NodeHealth(
            this,
            flags,
            new HealthSubjects
            {
                Store = store,
                StoreState = storeState,
                Spool = spool,
                Flusher = flusher,
                Pipelines = resilience.Pipelines,
                Breaker = pipelines.Breaker,
                Broadcast = broadcast,
                Retries = retries,
                RetryStore = retryStorage.Store,
                Callbacks = callbacks,
                Components = () => components,
                Status = () => status,
                FlagIssues = () => FlagIssues.Find(flags, runtimeFlags.Keeper),
                DropConnections = storage.DropConnections,
                Audit = audit,
                News = news,
            },
            application,
            time,
            loggers);
        PartPlan[] plans =
        [
            new(
                "recording",
                [
                    flusher, new LedgerSampler(flusher, time, loggers.CreateLogger<LedgerSampler>()), audit, systemEvents,
                    new ParkedRows(spool, storeState, context.DeadLetters, time, loggers.CreateLogger<ParkedRows>()),
                ],
                UsesStore: true),
            new("live", [broadcaster, realtime.Changes, letterRows, new Pulse(broadcaster, overview, rates, flusher, time), .. broadcast.Loops, .. new ILoop?[] { bell, follower }.OfType<ILoop>()]),
            new("validation", [persister], UsesStore: true) { WorksWith = ["recording"] },
            new("dead_letters", [letterWorker], UsesStore: true) { WorksWith = ["recording"] },
            new("retries", retries.Loops, UsesStore: true),
            new("operations", [operations], UsesStore: true) { WorksWith = ["retries", "dead_letters"] },
            new("sources", [new SourcesWorker(sources, lifecycle, () => Settings.Sources(flags), time), new SystemWatch(spool, storeState, store.Kind, news, time)])
            {
                WorksWith = ["recording", "live"],
            },
            new("flags", [.. runtimeFlags.Loops, new OverrideFileWatcher(flags, time, loggers.CreateLogger<OverrideFileWatcher>())], UsesStore: true),
            new("access", [access.Watch], UsesStore: true),
            new("health", health.Loops),
            new(
                "maintenance",
                [new MaintenanceWorker(store, storeState, () => Settings.Retention(flags), time, loggers.CreateLogger<MaintenanceWorker>())],
                UsesStore: true),
        ];
        var host = new LoopHost(plans.SelectMany(plan => plan.Loops), time, loggers.CreateLogger<LoopHost>());
        components = new NodeComponents(
            this, [.. plans.Select(plan => new NodePart(plan, host))], [.. builtIn, .. application.Components], bus, Settings.Components(flags), time, loggers);
        resilience.Pipelines.Subscribe(components.OnCircuitMoved);
        IShutdownParticipant[] participants = [news, new InFlightDrain(lifecycle), systemEvents, flusher, persister, .. broadcast.Participants, new SpoolKeep(spool, retrySpool), letterWorker, .. retries.Participants, host, health.Keeper, components, new PoolsClose([.. sql is null ? Array.Empty<IAsyncDisposable>() : [sql], rooms, runtimeFlags.Store, retryStorage, keys, preferences, store, retrySpool, spool]), .. application.Participants];
        var shutdown = new ShutdownSequence(participants, lifecycle, () => Settings.Lifecycle(flags), time, loggers.CreateLogger<ShutdownSequence>())
        {
            PhaseFinished = news.OnPhaseFinished,
        };
        var measured = new MeasuredParts(spool, flusher, validation, persister, broadcast, follower, identity);
        var metrics = new NodeMetrics(this, measured, [flushMetrics, intakeMetrics, captureMetrics, new RealtimeMetrics(this, realtime), new SupabaseMetrics(this, supabase?.Publisher, supabase?.Table), new DeadLetterMetrics(this, letterCounters, () => flusher.DeadLetteredRows)], time, loggers);
        return new NodeParts(
            spool, store, storeState, flusher, persister, validation, metrics, intake, otlp, broadcaster, broadcast, adapter, realtime, log, status, overview, resilience, audit,
            access, new DeadLetterParts(desk, letterCounters), new RetryParts(retryStorage, retrySpool, retryStore, retries, retryDesk, AllowsOutside), new OperationParts(operationStore, operationDesk), components, rooms.Rooms, new EventRuleDesk(eventRules, audit, bus, time), runtimeFlags, health, new PreferenceParts(preferences, new PreferenceDesk(preferences)), host, shutdown,
            [health, broadcast, flags.OnRevision(revision => broadcaster.Tell(new ControlUpdate(LiveFrames.Flags(revision)))), retries, callbacks, PersisterSettings.Follow(flags, persister), persister, letterWorker, metrics, otlp, commands, eventRules, eventRuleMetrics, realtime]);
    }

    private RetrySpool RetrySpool()
    {
        var options = Settings.RetrySpool(flags);
        return new RetrySpool(token => storage.OpenSpoolAsync(options, time, loggers, token), isThere: Directory.Exists(options.DataDirectory));
    }

    private static IEnumerable<IRetryHandler> Statements(ISqlOperationExecutor? executor, NodeSql? sql)
    {
        IRetryHandler? ofQueue = executor is null ? null : new SqlOperationHandler(executor);
        return sql is not null ? [new NamedSqlHandler(sql.Connections, ofQueue)] : ofQueue is not null ? [ofQueue] : [];
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

        foreach (var source in application.Sources)
        {
            yield return source;
        }
    }

    private ServiceIdentity Identity() => new(
        flags.GetString(FlagNames.Node),
        typeof(HoldfastNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0",
        time.GetUtcNow(),
        flags.GetString(FlagNames.BasePath));
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
    NodeBroadcast Broadcast,
    WebSocketAdapter Adapter,
    RealtimeServer Realtime,
    EventLog Log,
    ServiceStatus Status,
    Overview Overview,
    NodeResilience Resilience,
    AuditTrail Audit,
    NodeAccess Access,
    DeadLetterParts DeadLetters,
    RetryParts Retries,
    OperationParts Operations,
    NodeComponents Components,
    RoomSet Rooms,
    EventRuleDesk EventRules,
    NodeFlags Flags,
    NodeHealth Health,
    PreferenceParts Preferences,
    LoopHost Loops,
    ShutdownSequence Shutdown,
    IReadOnlyList<IDisposable> Owned) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Loops.DisposeAsync();
        await Components.DisposeAsync();
        await Flags.DisposeAsync();
        await Access.DisposeAsync();
        await Preferences.Store.DisposeAsync();
        await Store.DisposeAsync();
        await Retries.Storage.DisposeAsync();
        await Retries.Spool.DisposeAsync();
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

/// <summary>The queue of failed operations, and what people work on it with.</summary>
/// <param name="AllowsOutside">Whether operations of a type may come from outside the process.</param>
internal sealed record RetryParts(
    RetryStorage Storage, RetrySpool Spool, IRetryStore Store, RetryEngine Engine, RetryDesk Desk, Func<string, bool> AllowsOutside);

/// <summary>Operations over many items, and what people begin and end them with.</summary>
internal sealed record OperationParts(IOperationStore Store, OperationDesk Desk);

/// <summary>What people keep of the page.</summary>
internal sealed record PreferenceParts(IPreferenceStore Store, PreferenceDesk Desk);

using Holdfast.BuiltIn;
using Holdfast.BuiltIn.Checks;
using Holdfast.BuiltIn.Repairs;
using Holdfast.Flags;
using Holdfast.Health;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Retries;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The health of a node: its checks, what is known of them, and what is done about them.</summary>
internal sealed class NodeHealth : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(15);

    private readonly HealthMetrics _metrics;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public NodeHealth(object scope, FlagManager flags, HealthSubjects of, ApplicationParts application, TimeProvider time, ILoggerFactory loggers)
    {
        Options = () => Offered(Settings.Health(flags), of);
        var file = new HealthFile(flags.GetString(FlagNames.Data));
        var log = loggers.CreateLogger<HealthKeeper>();
        var known = HealthKeeper.Read(file, log);
        var watch = new ComponentWatch(() => of.Components()?.Progress ?? [], () => TimeSpan.FromSeconds(flags.GetInt(FlagNames.HealthWedgedSeconds)), time);
        Board = new HealthBoard(Distinct([.. Checks(of, watch, flags, time), .. application.HealthChecks], log), known, time);
        Levels = new ServiceLevels(known.Service);
        _metrics = new HealthMetrics(scope, Board, () => Levels.Measure(time.GetUtcNow()));
        Scheduler = new HealthScheduler(Board, Options, time, RandomNumbers.Create(), loggers.CreateLogger<HealthScheduler>()) { Ran = _metrics.Ran };
        Recovery = new RecoveryDesk(
            new RecoveryContext(Board, Scheduler, Options, time), [.. Repairs(of, watch, flags, time), .. application.RecoveryActions], known.Rules, loggers.CreateLogger<RecoveryDesk>())
        {
            Reported = report => ReportAsync(of.Audit, report, time),
        };
        Keeper = new HealthKeeper(file, Remember, time, log);
        Recovery.Beginning = Keeper.Write;
        Board.Happened = entry =>
        {
            Keeper.Note();
            HealthNews.Tell(of.News, entry);
        };
        Loops = [Scheduler, new RecoveryWorker(Recovery, Options, time), new ServiceLevelSampler(Levels, application.Answers, () => of.Status()?.Ready ?? false, time), Keeper];
    }

    /// <summary>As they are now.</summary>
    public Func<HealthOptions> Options { get; }

    public HealthBoard Board { get; }

    public HealthScheduler Scheduler { get; }

    public ServiceLevels Levels { get; }

    public RecoveryDesk Recovery { get; }

    public HealthKeeper Keeper { get; }

    public IReadOnlyList<ILoop> Loops { get; }

    /// <summary>What checks say that nobody else says, a sentence each.</summary>
    public IEnumerable<string> Problems() => Board.Snapshot().Checks
        .Where(check => !check.Plan.IsToldElsewhere && check.State is HealthState.Warn or HealthState.Fail)
        .Select(check => $"The health check '{check.Plan.Name}' {(check.State == HealthState.Fail ? "fails" : "warns")}: {check.Detail}");

    public void Dispose()
    {
        Recovery.Dispose();
        _metrics.Dispose();
    }

    /// <summary>What calls the webhook again out of the queue.</summary>
    public static IRetryHandler Webhook(IRetryHandler callbacks, FlagManager flags) => new HealthWebhookHandler(callbacks, () => WebhookUrl(flags));

    private static string? WebhookUrl(FlagManager flags) => flags.GetString(FlagNames.HealthWebhook) is { Length: > 0 } url ? url : null;

    // A rule that has nothing to do here would act, be told of, and rest.
    private static HealthOptions Offered(HealthOptions options, HealthSubjects of) => of.DropConnections is not null
        ? options
        : options with { Rules = [.. options.Rules.Where(rule => rule.Actions.Any(action => action != ReconnectPool.ActionName))] };

    private HealthMemory Remember() => Board.Remember() with { Rules = Recovery.Remember(), Service = Levels.Remember() };

    private async ValueTask ReportAsync(AuditTrail audit, RecoveryReport report, TimeProvider time)
    {
        _metrics.Recovered(report);
        var act = report.By is { } by ? new Act(by.Actor, by.Reason) : new Act("recovery", $"the check {report.Rule.Check} was {HealthStates.NameOf(report.Rule.State)}");

        // Not given up with whoever asked for it: it has been done.
        await audit.RecordAsync(OperatorAction.Entry(time, "health.recover", report.Rule.Name, act, json => HealthJson.WriteReport(json, report)), CancellationToken.None);
    }

    private static IEnumerable<CheckPlan> Checks(HealthSubjects of, ComponentWatch watch, FlagManager flags, TimeProvider time)
    {
        yield return new CheckPlan("storage", new StorageCheck(of.Store, of.StoreState, time)) { Period = Often, IsToldElsewhere = true };
        yield return new CheckPlan("spool", new SpoolCheck(of.Spool.Snapshot, () => of.StoreState.Now.Available, time)) { Period = Often, IsToldElsewhere = true };
        yield return new CheckPlan("ledger", new LedgerCheck(of.Flusher)) { IsToldElsewhere = true };
        yield return new CheckPlan("breakers", new BreakersCheck(of.Pipelines)) { Period = Often, IsToldElsewhere = true };
        yield return new CheckPlan("queue_age", new QueueAgeCheck(() => of.Retries.OldestAge)) { Period = Seldom, Needs = "storage" };
        yield return new CheckPlan("stuck_leases", new StuckLeasesCheck(of.RetryStore)) { Period = Seldom, Timeout = TimeSpan.FromSeconds(10), Needs = "storage" };
        yield return new CheckPlan("components", new ComponentsCheck(() => of.Components()?.Judged ?? [], watch)) { IsToldElsewhere = true };
        yield return new CheckPlan("adapters", new AdaptersCheck(of.Broadcast.Switch)) { IsToldElsewhere = true };
        yield return new CheckPlan("fan_out", new FanOutCheck(of.Broadcast.Switch));
        yield return new CheckPlan("disk", DiskCheck.Of(flags.GetString(FlagNames.Data))) { Period = TimeSpan.FromSeconds(30) };
        yield return new CheckPlan("memory", new MemoryCheck()) { Period = Seldom };
        yield return new CheckPlan("thread_pool", new ThreadPoolCheck(time)) { Timeout = TimeSpan.FromSeconds(30) };
        if (of.Store.Shared is not null)
        {
            yield return new CheckPlan("clock", new ClockCheck(of.Store.PingAsync, time)) { Period = TimeSpan.FromMinutes(1), Needs = "storage" };
        }

        yield return new CheckPlan("flags", new FlagsCheck(of.FlagIssues)) { Period = Seldom };
    }

    private static IEnumerable<IRecoveryAction> Repairs(HealthSubjects of, ComponentWatch watch, FlagManager flags, TimeProvider time) =>
    [
        new ReconnectPool(of.DropConnections),
        new ResetBreaker(of.Breaker, of.Store, of.StoreState, () => of.Flusher.Flushes, () => of.Spool.Snapshot().Rows > 0),
        new RescueLeases(of.RetryStore, of.Retries.Wake),
        new RestartComponent(watch, (name, why) => of.Components()?.Restart(name, why) ?? false),
        new CallWebhook(() => WebhookUrl(flags), of.Callbacks, of.Retries.Queue, flags.GetString(FlagNames.Node), time),
    ];

    private static List<CheckPlan> Distinct(IEnumerable<CheckPlan> plans, ILogger logger)
    {
        var distinct = new List<CheckPlan>();
        foreach (var plan in plans)
        {
            if (distinct.Exists(known => known.Name == plan.Name))
            {
                logger.CheckLeftOut(plan.Name);
            }
            else
            {
                distinct.Add(plan);
            }
        }

        return distinct;
    }
}

/// <summary>What is checked and repaired.</summary>
internal sealed record HealthSubjects
{
    public required ITelemetryStore Store { get; init; }

    public required StoreState StoreState { get; init; }

    public required ISpool Spool { get; init; }

    public required Flusher Flusher { get; init; }

    public required ResiliencePipelines Pipelines { get; init; }

    /// <summary>Of the database.</summary>
    public required CircuitBreakerHandle Breaker { get; init; }

    public required NodeBroadcast Broadcast { get; init; }

    public required RetryEngine Retries { get; init; }

    /// <summary>Beside the breaker: what is stuck may be stuck because of it.</summary>
    public required IRetryStore RetryStore { get; init; }

    /// <summary>Calls URLs.</summary>
    public required IRetryHandler Callbacks { get; init; }

    /// <summary>Null until they are made.</summary>
    public required Func<NodeComponents?> Components { get; init; }

    /// <summary>Null until it is made.</summary>
    public required Func<ServiceStatus?> Status { get; init; }

    public required Func<IReadOnlyList<string>> FlagIssues { get; init; }

    /// <summary>Gives up all connections to the database; null: there are none.</summary>
    public required Action? DropConnections { get; init; }

    public required AuditTrail Audit { get; init; }

    public required SystemNews News { get; init; }
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// Sends broadcasts the way the settings say at that moment. Every endpoint of this server gets every update, each exactly once, whatever the
/// mode: the mode decides which of them go through an adapter, whose acknowledgement counts, what is compared, and what leaves the server.
/// </summary>
internal sealed class AdapterSwitch
{
    private const string Idle = "idle";

    private readonly AdapterFactory _factory;
    private readonly ILogger<AdapterSwitch> _logger;
    private volatile Route _route;

    // What became of broadcasts, in the order in which it became known.
    private readonly Lock _gate = new();
    private readonly HashSet<EventSpan> _unsettled = [];
    private long _failedInARow;

    public AdapterSwitch(AdapterFactory factory, BroadcastOptions options, ILogger<AdapterSwitch> logger)
    {
        _factory = factory;
        _logger = logger;
        _route = Choose(options);
    }

    public BroadcastPlan Plan => _route.Plan;

    public BroadcastOptions Options => _route.Options;

    public IReadOnlyList<AdapterPath> Paths => _factory.Paths;

    public BroadcastCounters Counters { get; } = new();

    /// <summary>Whom it is told when something changes that people want to know.</summary>
    public IBroadcastObserver Observer { get; set; } = new NobodyWatches();

    /// <summary>Connections to this server.</summary>
    public int Watchers => Paths.Where(path => path.IsLocal).Sum(path => path.ConnectionCount);

    /// <summary>Whether anybody wants anything, here or over what the broadcasts are sent to.</summary>
    public bool Watched => Watchers > 0 || _route.Adapter?.ConnectionCount > 0;

    /// <summary>The way whose acknowledgement counts.</summary>
    public AdapterPath Primary => _route.Primary;

    /// <summary>The other one, in dual mode.</summary>
    public AdapterPath? Secondary => _route.Secondary;

    /// <summary>
    /// The adapter that pages had better use: the first one while it is healthy, else another one that is and carries events. When none is
    /// healthy, there is nothing to gain by changing.
    /// </summary>
    public AdapterPath Effective
    {
        get
        {
            var primary = Primary;
            return IsHealthy(primary) ? primary : Paths.FirstOrDefault(path => RoleOf(path) != Idle && IsHealthy(path)) ?? primary;
        }
    }

    /// <summary>Takes changed settings, from the next update on.</summary>
    public void Apply(BroadcastOptions options)
    {
        var was = _route;
        var now = Choose(options);
        _route = now;
        if (was.Plan != now.Plan)
        {
            _logger.ModeChanged(was.Plan, now.Plan);
            Observer.OnModeChanged(was.Plan, now.Plan);
        }

        if (was.Options.Shares != options.Shares)
        {
            Observer.OnSharesChanged(options.Shares);
        }
    }

    public void Broadcast(LiveUpdate update)
    {
        var route = _route;
        var direct = BroadcastOutcome.Unwatched;
        foreach (var path in route.Beside)
        {
            direct = DualAdapter.Combine(direct, path.Send(update, guarded: false));
        }

        if (update is not LogUpdate told)
        {
            route.Adapter?.Broadcast(update);
            return;
        }

        // Nothing that is handed over here can be settled before it is known that somebody will have to.
        lock (_gate)
        {
            NoteNeedsLock(route, told, direct, route.Adapter?.Broadcast(update) ?? BroadcastOutcome.Unwatched);
        }
    }

    /// <summary>Somebody outside has acknowledged what an adapter had taken, or it was given up.</summary>
    public void OnSettled(AdapterPath path, EventSettlement settled)
    {
        path.NoteSettled(settled);
        lock (_gate)
        {
            if (_unsettled.Remove(SpanOf(settled.Update)) && settled.Events > 0)
            {
                var outcome = settled.Fault is null ? BroadcastOutcome.Acknowledged : BroadcastOutcome.Failed;
                NoteNeedsLock(_route, settled.Update, BroadcastOutcome.Unwatched, outcome);
            }
        }
    }

    /// <summary>A way whose watchers are behind and can be caught up now; null when there is none.</summary>
    public AdapterPath? DueToCatchUp() => Paths.FirstOrDefault(path => path.IsDueToCatchUp(IsGuarded(path)));

    /// <summary>Tells the watchers of a way what they have missed.</summary>
    public void CatchUp(AdapterPath path, EventSpan missed, IEnumerable<LogPart> parts) => path.CatchUp(missed, parts, IsGuarded(path));

    /// <summary>How far the watchers of an adapter have been told, given how far the stream is.</summary>
    public LiveHeads HeadsOf(IMonitoringAdapter adapter, LiveHeads heads) => Paths.First(path => path.Adapter == adapter).HeadsOf(heads);

    /// <summary>What is wrong with a way; null when nothing is.</summary>
    public string? FaultOf(AdapterPath path) => path.FaultBy(Options, IsGuarded(path));

    public bool IsHealthy(AdapterPath path) => FaultOf(path) is null;

    /// <summary>What operators should look at, a sentence for each adapter that counts and knows of trouble. Breakers speak for themselves.</summary>
    public IEnumerable<string> Problems() =>
        from path in Paths
        where path.Trouble is not null && RoleOf(path) != Idle
        select $"Broadcasts over '{path.Name}' do not arrive: {path.Trouble} Pages use '{Effective.Name}'.";

    /// <summary>What an adapter does at present: <c>primary</c>, <c>secondary</c>, <c>direct</c>, or <c>idle</c>.</summary>
    public string RoleOf(AdapterPath path)
    {
        var route = _route;
        return route.Beside.Contains(path) ? "direct"
            : route.Adapter is null ? Idle
            : path == route.Primary ? "primary"
            : path == route.Secondary ? "secondary"
            : Idle;
    }

    private static EventSpan SpanOf(LogUpdate update) => new(update.Epoch, update.From, update.To);

    private bool IsGuarded(AdapterPath path) => !_route.Beside.Contains(path);

    private void NoteNeedsLock(Route route, LogUpdate told, BroadcastOutcome direct, BroadcastOutcome adapter)
    {
        Counters.Note(direct, adapter);
        switch (route.Adapter is null ? direct : adapter)
        {
            case BroadcastOutcome.Queued:
                _unsettled.Add(SpanOf(told));
                break;
            case BroadcastOutcome.Failed when _failedInARow++ == 0:
                var reason = route.Primary.LastFault ?? "It was not taken.";
                _logger.BroadcastFailing(route.Plan, reason);
                Observer.OnFailing(route.Plan, reason);
                break;
            case BroadcastOutcome.Acknowledged when _failedInARow > 0:
                _logger.BroadcastWorksAgain(_failedInARow);
                Observer.OnWorkingAgain(route.Plan, _failedInARow);
                _failedInARow = 0;
                break;
            default:
                break;
        }
    }

    private Route Choose(BroadcastOptions options)
    {
        var plan = BroadcastPlan.Of(options);
        var primary = _factory.PathOf(plan.Primary);
        var secondary = plan.Secondary is { } name ? _factory.PathOf(name) : null;
        var adapter = plan.Mode switch
        {
            BroadcastMode.Direct => null,
            BroadcastMode.Dual => _factory.CreateDual(plan.Primary),
            _ => _factory.Create(plan.Primary),
        };
        var beside = Paths.Where(path => path.IsLocal && (adapter is null || (path != primary && path != secondary)));
        return new Route(plan, options, adapter, primary, secondary, [.. beside]);
    }

    /// <summary>Where broadcasts go.</summary>
    /// <param name="Adapter">What counts; null in direct mode.</param>
    /// <param name="Beside">Endpoints of this server that are served directly.</param>
    private sealed record Route(
        BroadcastPlan Plan, BroadcastOptions Options, IMonitoringAdapter? Adapter, AdapterPath Primary, AdapterPath? Secondary, IReadOnlyList<AdapterPath> Beside);

    private sealed class NobodyWatches : IBroadcastObserver;
}

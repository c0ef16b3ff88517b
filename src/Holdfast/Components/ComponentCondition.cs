using Holdfast.Events;
using Microsoft.Extensions.Logging;

namespace Holdfast.Components;

/// <summary>
/// How a component is, as its host, the component itself and its dependencies say. Each change of the state is logged and published as
/// <c>component.ready</c>, <c>component.degraded</c> and so on, and those that depend on it judge themselves anew. Safe for concurrent use.
/// </summary>
internal sealed class ComponentCondition(ComponentNode node, BusEndpoint bus, TimeProvider time, ILogger logger)
{
    // Who is told of a failed component must not start to repair it: its host does.
    private static readonly EventMetadata OfHost = new() { Priority = EventPriority.High, NoRetry = true };

    private readonly Lock _gate = new();
    private IReadOnlyList<ComponentCondition> _needed = [];
    private IReadOnlyList<ComponentCondition> _dependents = [];
    private ComponentPhase _phase;
    private ComponentState _state;
    private string? _reason;

    // The reason is about what it lacks while it serves, and not about why it does not serve.
    private bool _serves;
    private Exception? _lastError;
    private DateTimeOffset? _lastErrorAt;
    private long? _startedAt;
    private int _retries;
    private TaskCompletionSource<Exception> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ComponentNode Node => node;

    public bool IsReady => bus.IsReady;

    /// <summary>Said by the component itself since it was last started: it cannot go on.</summary>
    public Task<Exception> Broken
    {
        get { lock (_gate) return _broken.Task; }
    }

    public void Wire(IReadOnlyList<ComponentCondition> needed, IReadOnlyList<ComponentCondition> dependents) => (_needed, _dependents) = (needed, dependents);

    public Task WhenReadyAsync(CancellationToken cancellationToken) => bus.WhenReadyAsync(cancellationToken);

    /// <summary>Before it is started it waits for one that it needs.</summary>
    public void Waiting() => Change(() => (_phase, _reason) = (ComponentPhase.Initialized, null));

    public void Starting(bool again) => Change(() =>
    {
        (_phase, _reason, _serves) = (ComponentPhase.Starting, null, false);
        _broken = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        _retries += again ? 1 : 0;
    });

    public void Started() => Change(() => _startedAt = time.GetTimestamp());

    /// <summary>Its start is complete. What it has said meanwhile that it lacks, it still lacks.</summary>
    public void BecameReady() => ChangeWhileRunning(() => (_phase, _reason) = (ComponentPhase.Ready, _serves ? _reason : null));

    public void Ready() => ChangeWhileRunning(() => (_phase, _reason) = (ComponentPhase.Ready, null));

    public void Degraded(string reason) => ChangeWhileRunning(() => (_reason, _serves) = (reason, true));

    public void NotReady(string reason) => ChangeWhileRunning(() => (_phase, _reason, _serves) = (ComponentPhase.Starting, reason, false));

    public void Failed(Exception fault) => Change(() =>
    {
        (_phase, _startedAt, _lastError, _lastErrorAt) = (ComponentPhase.Failed, null, fault, time.GetUtcNow());
    });

    /// <param name="fault">What went wrong with the stop; null: nothing.</param>
    public void Stopped(Exception? fault) => Change(() =>
    {
        (_phase, _startedAt) = (ComponentPhase.Stopped, null);
        (_lastError, _lastErrorAt) = fault is null ? (_lastError, _lastErrorAt) : (fault, time.GetUtcNow());
    });

    public void Break(Exception fault)
    {
        lock (_gate)
        {
            _broken.TrySetResult(fault);
        }
    }

    public ComponentStatus Snapshot()
    {
        lock (_gate)
        {
            return SnapshotNeedsLock();
        }
    }

    // What a component says before it was started or after it failed is about an attempt that does not count.
    private void ChangeWhileRunning(Action change) => Change(() =>
    {
        if (_phase is ComponentPhase.Starting or ComponentPhase.Ready)
        {
            change();
        }
    });

    private void Change(Action change)
    {
        bool turned;
        lock (_gate)
        {
            var before = bus.IsReady;
            change();
            var state = ComponentJudge.StateOf(_phase, _reason, LackingNeedsLock());
            MarkNeedsLock(state);
            turned = before != bus.IsReady;
            TellNeedsLock(state);
        }

        if (turned)
        {
            foreach (var dependent in _dependents)
            {
                dependent.Change(() => { });
            }
        }
    }

    private void MarkNeedsLock(ComponentState state)
    {
        if (_phase == ComponentPhase.Ready)
        {
            bus.MarkReady();
        }
        else
        {
            bus.MarkNotReady(_reason ?? ComponentJudge.NameOf(state));
        }
    }

    // Within the lock, so that states are told in the order in which they came; neither logging nor publishing waits for anybody.
    private void TellNeedsLock(ComponentState state)
    {
        if (state == _state)
        {
            return;
        }

        _state = state;
        var status = SnapshotNeedsLock();
        if (state == ComponentState.Degraded)
        {
            logger.Degraded(node.Name, string.Join("; ", status.Reasons));
        }
        else
        {
            logger.StateChanged(node.Name, state);
        }

        bus.Publish($"component.{ComponentJudge.NameOf(state)}", status, OfHost);
    }

    private List<string> LackingNeedsLock() => [.. _needed.Where(one => !one.IsReady).Select(one => one.Node.Name)];

    private ComponentStatus SnapshotNeedsLock() => new()
    {
        Name = node.Name,
        State = _state,
        Reasons = ComponentJudge.ReasonsOf(_phase, _reason, LackingNeedsLock()),
        LastError = _lastError?.Message,
        LastErrorAt = _lastErrorAt,
        Retries = _retries,
        EventsHandled = bus.EventsHandled,
        Uptime = _startedAt is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero,
        Dependencies = node.Dependencies,
    };
}

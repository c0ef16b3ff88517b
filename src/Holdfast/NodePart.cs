using Holdfast.Components;
using Holdfast.Lifecycle;

namespace Holdfast;

/// <summary>A part of the node.</summary>
/// <param name="Name">As the list of components shows it.</param>
/// <param name="Loops">What it does in the background.</param>
/// <param name="UsesStore">It does its work only while the store answers.</param>
internal sealed record PartPlan(string Name, IReadOnlyList<ILoop> Loops, bool UsesStore = false)
{
    /// <summary>Parts that it is degraded without.</summary>
    public IReadOnlyList<string> WorksWith { get; init; } = [];
}

/// <summary>
/// A part of the node as a component: with its name, whom it works with, and how it is, beside those on the bus. Its loops are the host's of the
/// loops, which starts them first and stops them in their phase: what records must not wait for a component that hangs, nor end with one. Safe
/// for concurrent use.
/// </summary>
internal sealed class NodePart : IComponent
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly PartPlan _plan;
    private ComponentContext? _context;
    private bool _storeIsAway;

    /// <param name="plan">What it is.</param>
    /// <param name="host">Runs its loops.</param>
    public NodePart(PartPlan plan, LoopHost host)
    {
        _plan = plan;
        Dependencies = new ComponentDependencies([], plan.WorksWith);
        host.Follow(OnLoopMoved);
    }

    public string Name => _plan.Name;

    public ComponentDependencies Dependencies { get; }

    /// <summary>One of its loops has failed. A store that does not answer is no fault of the part, and is told elsewhere.</summary>
    public bool HasFailedLoops
    {
        get { lock (_gate) return _failed.Count > 0; }
    }

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _context = context;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            TellNeedsLock();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The breaker of the store has opened or closed.</summary>
    public void OnStore(bool away)
    {
        lock (_gate)
        {
            _storeIsAway = away && _plan.UsesStore;
            TellNeedsLock();
        }
    }

    private void OnLoopMoved(ILoop loop, Exception? fault)
    {
        if (!_plan.Loops.Contains(loop))
        {
            return;
        }

        lock (_gate)
        {
            _ = fault is null ? _failed.Remove(loop.Name) : _failed.Add(loop.Name);
            TellNeedsLock();
        }
    }

    private void TellNeedsLock()
    {
        if (_failed.Count > 0)
        {
            _context?.ReportDegraded($"{string.Join(", ", _failed.Order(StringComparer.Ordinal))} failed and is started again; the log says why");
        }
        else if (_storeIsAway)
        {
            _context?.ReportDegraded("the store does not answer");
        }
        else
        {
            _context?.ReportReady();
        }
    }
}

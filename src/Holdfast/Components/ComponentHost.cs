using Holdfast.Events;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Components;

/// <summary>
/// Hosts components: initializes all, starts the bus, starts them in the order of their dependencies and side by side where possible, and
/// stops them in the reverse. One that throws or hangs is isolated and tried again; those that can do without it run degraded meanwhile.
/// </summary>
public sealed class ComponentHost : IAsyncDisposable
{
    private readonly EventBus _bus;
    private readonly Dictionary<string, ComponentRunner> _runners;
    private readonly ComponentPlan _plan;
    private readonly ComponentMetrics _metrics;
    private readonly CancellationTokenSource _leave = new();
    private readonly Lock _gate = new();
    private Task _starting = Task.CompletedTask;
    private Task? _stopping;

    /// <param name="components">In any order.</param>
    /// <param name="bus">Is started and stopped by the host.</param>
    /// <param name="options">Default: as <see cref="ComponentHostOptions"/> says.</param>
    /// <param name="time">Default: the system's clock.</param>
    /// <param name="logger">Default: nothing is logged.</param>
    /// <exception cref="ComponentPlanException">Names, dependencies or lists do not fit together; nothing is started then.</exception>
    public ComponentHost(
        IEnumerable<IComponent> components, EventBus bus, ComponentHostOptions? options = null, TimeProvider? time = null, ILogger<ComponentHost>? logger = null)
        : this(scope: null, components, bus, options, time, logger)
    {
    }

    /// <param name="scope">Whose metrics they are; null: those of this host.</param>
    /// <param name="parts">Those of the server itself, which cannot be disabled.</param>
    internal ComponentHost(
        object? scope, IEnumerable<IComponent> components, EventBus bus, ComponentHostOptions? options, TimeProvider? time, ILogger<ComponentHost>? logger,
        IReadOnlyList<IComponent>? parts = null)
    {
        options ??= new ComponentHostOptions();
        parts ??= [];
        List<IComponent> registered = [.. parts, .. components];
        _bus = bus;
        _plan = ComponentPlan.Make(registered.ConvertAll(one => new ComponentNode(one.Name, one.Dependencies, parts.Contains(one))), options);
        var byName = registered.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var random = RandomNumbers.Create();
        _runners = _plan.Order.ToDictionary(
            node => node.Name,
            node => new ComponentRunner(
                byName[node.Name], node, bus.Join(node.Name, ready: false), options, time ?? TimeProvider.System, random, logger ?? NullLogger<ComponentHost>.Instance),
            StringComparer.Ordinal);
        foreach (var node in _plan.Order)
        {
            _runners[node.Name].Condition.Wire(
                [.. HardOf(node).Concat(SoftOf(node)).Select(one => one.Condition)], [.. DependentsOf(node).Select(one => one.Condition)]);
        }

        _metrics = new ComponentMetrics(scope ?? this, () => Statuses);
    }

    /// <summary>How the components are, each after all it depends on.</summary>
    public IReadOnlyList<ComponentStatus> Statuses => [.. _plan.Order.Select(node => _runners[node.Name].Condition.Snapshot())];

    /// <summary>What each component is busy with; to notice one that is stuck.</summary>
    internal IReadOnlyList<ComponentProgress> Progress => [.. _plan.Order.Select(node => _runners[node.Name].Progress)];

    /// <summary>
    /// Stops a component and starts it again, as one that has failed, with new subscriptions: what waited for it on the bus is dropped and told, and a
    /// handler that hangs is left behind.
    /// </summary>
    /// <returns>False: there is none of this name, or it is a part of the server, whose loops are not the host's.</returns>
    internal bool Restart(string name, string reason)
    {
        if (!_runners.TryGetValue(name, out var runner) || runner.Condition.Node.IsPart)
        {
            return false;
        }

        runner.Restart(new ComponentRestartException(reason));
        return true;
    }

    /// <summary>
    /// Initializes all components, starts the bus, and begins to start the components. Does not wait for any to start: a server is up while
    /// its database is not. To be called once.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host was stopped meanwhile: nothing was started.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _starting = StartAllAsync(cancellationToken);
        }
    }

    /// <summary>Completes when the first start of each component has ended, well or not, or waits for a component that is not ready.</summary>
    public Task WhenSettledAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(_runners.Values.Select(runner => runner.Settled)).WaitAsync(cancellationToken);

    /// <summary>
    /// Stops the components, each after those that depend on it and within its own budget, and the bus after them. The second time it waits
    /// for the first.
    /// </summary>
    /// <param name="cancellationToken">Ends the budgets of all.</param>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _stopping ??= StopAllAsync(_starting, cancellationToken);
        }
    }

    /// <summary>Stops what was not stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _metrics.Dispose();
        _leave.Dispose();
        foreach (var runner in _runners.Values)
        {
            runner.Dispose();
        }
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leave.Token);
        foreach (var node in _plan.Order)
        {
            ends.Token.ThrowIfCancellationRequested();
            await _runners[node.Name].InitializeAsync(ends.Token);
        }

        // Both themselves: a token that is linked to them hears of the stop a moment later.
        cancellationToken.ThrowIfCancellationRequested();
        _leave.Token.ThrowIfCancellationRequested();
        _bus.Start();
        foreach (var node in _plan.Order)
        {
            _runners[node.Name].Run([.. HardOf(node)], [.. SoftOf(node)]);
        }
    }

    private async Task StopAllAsync(Task starting, CancellationToken cancellationToken)
    {
        // What is being started is complete or given up before anything is stopped.
        await _leave.CancelAsync();
        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_plan.Order.Select(node => _runners[node.Name].StopAsync([.. DependentsOf(node)], cancellationToken)));
        await _bus.StopAsync(cancellationToken);
    }

    private IEnumerable<ComponentRunner> HardOf(ComponentNode node) => node.Dependencies.Hard.Select(name => _runners[name]);

    private IEnumerable<ComponentRunner> SoftOf(ComponentNode node) => _plan.SoftOf(node).Select(name => _runners[name]);

    private IEnumerable<ComponentRunner> DependentsOf(ComponentNode node) =>
        from other in _plan.Order
        where other.Dependencies.Hard.Contains(node.Name, StringComparer.Ordinal) || other.Dependencies.Soft.Contains(node.Name, StringComparer.Ordinal)
        select _runners[other.Name];
}

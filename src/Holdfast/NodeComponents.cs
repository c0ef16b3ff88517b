using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Lifecycle;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Holdfast;

/// <summary>
/// The bus of a node with the components on it. They stop after the loops and the workers, since these still publish what happens on the way
/// out, and before the files are closed, since what components make of it has to be durable somewhere.
/// </summary>
internal sealed class NodeComponents(
    object scope, IReadOnlyList<NodePart> parts, IEnumerable<IComponent> components, EventBus bus, ComponentHostOptions options, TimeProvider time, ILoggerFactory loggers)
    : IShutdownParticipant, IAsyncDisposable
{
    private readonly ComponentHost _host = new(scope, components, bus, options, time, loggers.CreateLogger<ComponentHost>(), parts);

    public EventBus Bus => bus;

    public IReadOnlyList<ComponentStatus> Statuses => _host.Statuses;

    /// <summary>What they are busy with.</summary>
    public IReadOnlyList<ComponentProgress> Progress => _host.Progress;

    /// <summary>Those whose state is a fault of their own: that a part of the server feels the store's absence is said by those who know more of it.</summary>
    public IEnumerable<ComponentStatus> Judged => Statuses.Where(IsToldHere);

    public string Name => "components";

    public ShutdownPhase Phase => ShutdownPhase.CloseSockets;

    public TimeSpan Share => TimeSpan.FromSeconds(10);

    /// <summary>What operators should look at, a sentence for each component. Says nothing that only the log should have.</summary>
    public IEnumerable<string> Problems() => Judged.Select(Problem).OfType<string>();

    public void OnCircuitMoved(CircuitTransition transition)
    {
        // Half-open is a question, not an answer.
        if (transition.Breaker != PipelineNames.Database || transition.To == CircuitState.HalfOpen)
        {
            return;
        }

        foreach (var part in parts)
        {
            part.OnStore(away: transition.To != CircuitState.Closed);
        }
    }

    /// <summary>Starts a component again that is stuck; false: there is none of this name that could be.</summary>
    public bool Restart(string name, string reason) => _host.Restart(name, reason);

    /// <summary>Begins to start them, and does not wait until they are.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _host.StartAsync(cancellationToken);

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken) => await _host.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    // That the store is away is said once, by those who know more of it, and not by each part that feels it.
    private bool IsToldHere(ComponentStatus one) => parts.FirstOrDefault(part => part.Name == one.Name) is not { HasFailedLoops: false };

    private static string? Problem(ComponentStatus one) => one.State switch
    {
        ComponentState.Failed => $"Component '{one.Name}' has failed and is started again; the list of components says why.",
        ComponentState.Degraded => $"Component '{one.Name}' is degraded: {string.Join("; ", one.Reasons)}.",
        _ => null,
    };
}

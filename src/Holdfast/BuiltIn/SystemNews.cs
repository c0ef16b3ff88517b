using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Events;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Retries;

namespace Holdfast.BuiltIn;

/// <summary>
/// Tells what happens to the server itself: on the bus at once, and as an event that is recorded. Nothing here listens, what is told is marked
/// no-retry, and recording makes no news: news never make news.
/// </summary>
/// <param name="recording">Off: moves of circuits alone are recorded.</param>
internal sealed class SystemNews(IEventBus bus, SystemEvents events, bool recording) : IShutdownParticipant
{
    private static readonly EventMetadata OfSystem = new() { Source = SystemEvents.Source, Priority = EventPriority.High, NoRetry = true };

    public string Name => "news";

    public ShutdownPhase Phase => ShutdownPhase.Signal;

    /// <param name="recorded">Whether it is worth keeping. Default: yes.</param>
    public void Tell(string type, JsonObject data, bool recorded = true) => Tell(new MonitoringEvent { EventType = type, Data = data }, recorded && recording);

    public void OnCircuitMoved(CircuitTransition transition) => Tell(CircuitEvents.Of(transition), recorded: true);

    public void OnRescued(RescueResult step) =>
        Tell("retry.rescued", new JsonObject { ["rescued"] = step.Rescued, ["dead_lettered"] = step.DeadLettered });

    /// <summary>On the bus alone: what is recorded after the flush stays in the spool until the next start, and a phase is no reason for that.</summary>
    public void OnPhaseFinished(ShutdownPhase phase, TimeSpan took) => Tell(
        "shutdown.phase", new JsonObject { ["number"] = (int)phase, ["phase"] = phase.ToString(), ["duration_ms"] = Math.Round(took.TotalMilliseconds, 1) }, recorded: false);

    public ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        Tell("shutdown.started", []);
        return ValueTask.CompletedTask;
    }

    private void Tell(MonitoringEvent happened, bool recorded)
    {
        bus.Publish(happened.EventType, JsonSerializer.SerializeToElement(happened.Data), OfSystem);
        if (recorded)
        {
            events.Note(happened);
        }
    }
}

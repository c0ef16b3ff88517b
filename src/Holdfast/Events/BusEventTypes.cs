namespace Holdfast.Events;

/// <summary>The events that the bus itself publishes.</summary>
public static class BusEventTypes
{
    /// <summary>Events were dropped because queues were full; at most once a second. Its data is <see cref="DroppedEvents"/>.</summary>
    public const string Dropped = "bus.dropped";

    /// <summary>
    /// A handler threw. Its data is <see cref="HandlerFailure"/>; correlation, attempt and no-retry are those of the event it was handling.
    /// The subscription that failed does not get its own failures, and a handler that fails at this event makes no other one.
    /// </summary>
    public const string HandlerFailed = "bus.handler.failed";
}

/// <summary>What was dropped since the last time it was said.</summary>
/// <param name="Dropped">Deliveries that were not made: an event that five subscribers do not get counts five times.</param>
/// <param name="ByType">The same by type of event, for up to 100 types; later ones are counted together as <c>(other)</c>.</param>
public sealed record DroppedEvents(long Dropped, IReadOnlyDictionary<string, long> ByType);

/// <summary>A handler threw.</summary>
/// <param name="Subscriber">The endpoint whose handler it is; empty when it belongs to none.</param>
/// <param name="Pattern">What it had subscribed to.</param>
/// <param name="Handled">The event it failed at.</param>
/// <param name="Exception">What it threw.</param>
public sealed record HandlerFailure(string Subscriber, string Pattern, BusEvent Handled, Exception Exception);

using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>What goes wrong with the rules, on the bus.</summary>
internal sealed class EventFilterNews(IEventBus bus)
{
    public const string DatabaseFailed = "eventfilter.database.failed";
    public const string RoutingFailed = "eventfilter.routing.failed";
    public const string PrivateMessageFailed = "eventfilter.pm.failed";

    private static readonly EventMetadata OfFilter = new() { Source = EventFilterComponent.ComponentName };

    /// <summary>The rules cannot be read or kept. What was asked for has been refused, so there is nothing to execute again.</summary>
    public void NotKept(string error) => bus.Publish(DatabaseFailed, new OperationFailure(null, error), OfFilter with { NoRetry = true });

    /// <param name="operation">What would still bring the event where it belongs; null: nothing would.</param>
    public void NotRouted(BusEvent happened, RetryDraft? operation, string error) => bus.Publish(
        RoutingFailed, new OperationFailure(operation, error), OfFilter with { CorrelationId = happened.CorrelationId, NoRetry = operation is null });

    /// <param name="errorClass">Whether it may be said later; see <see cref="OperationFailure.ErrorClass"/>.</param>
    public void NotSaid(BusEvent happened, RoomMessage message, string error, string errorClass) => bus.Publish(
        message.To is null ? RoutingFailed : PrivateMessageFailed,
        new OperationFailure(RoomMessageHandler.DraftOf(message), error) { ErrorClass = errorClass },
        OfFilter with { CorrelationId = happened.CorrelationId });
}

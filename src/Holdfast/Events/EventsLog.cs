using Microsoft.Extensions.Logging;

namespace Holdfast.Events;

internal static partial class EventsLog
{
    [LoggerMessage(1400, LogLevel.Error, "A handler of '{Subscriber}' for {Pattern} failed at {EventType} (correlation {CorrelationId}).")]
    public static partial void HandlerFailed(this ILogger logger, Exception fault, string subscriber, string pattern, string eventType, Guid? correlationId);

    [LoggerMessage(1401, LogLevel.Warning, "{Dropped} deliveries of events were dropped, {Types} types among them: queues of subscribers are full.")]
    public static partial void EventsDropped(this ILogger logger, long dropped, int types);

    [LoggerMessage(1402, LogLevel.Warning, "The bus stopped before everything was handled: {Left} events are left behind.")]
    public static partial void EventsLeft(this ILogger logger, int left);

    [LoggerMessage(1403, LogLevel.Error, "What a handler had registered with its cancellation failed.")]
    public static partial void CancellationFailed(this ILogger logger, Exception fault);
}

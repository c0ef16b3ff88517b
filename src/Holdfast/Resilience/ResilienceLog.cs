using Microsoft.Extensions.Logging;

namespace Holdfast.Resilience;

internal static partial class ResilienceLog
{
    [LoggerMessage(1000, LogLevel.Warning, "The circuit breaker {Breaker} went from {From} to {To} ({Cause}); {Detail}.")]
    public static partial void CircuitOpened(this ILogger logger, string breaker, string from, string to, string cause, string detail);

    [LoggerMessage(1001, LogLevel.Information, "The circuit breaker {Breaker} went from {From} to {To} ({Cause}).")]
    public static partial void CircuitMoved(this ILogger logger, string breaker, string from, string to, string cause);

    [LoggerMessage(1002, LogLevel.Warning, "The circuit breaker {Breaker} was moved by {Actor} from {From} to {To}: {Reason}.")]
    public static partial void CircuitMovedByHand(this ILogger logger, string breaker, string actor, string from, string to, string reason);

    [LoggerMessage(1003, LogLevel.Error, "An observer of {EventType} of the circuit breaker {Breaker} failed.")]
    public static partial void ObserverFailed(this ILogger logger, Exception fault, string eventType, string breaker);

    [LoggerMessage(1004, LogLevel.Warning, "{Key} keeps its last good value: {Message}.")]
    public static partial void SettingRefused(this ILogger logger, string key, string message);
}

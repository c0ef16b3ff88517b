using Microsoft.Extensions.Logging;

namespace Holdfast.BuiltIn;

internal static partial class BuiltInLog
{
    [LoggerMessage(1600, LogLevel.Warning, "{EventType} of {Source} tells of a failure, but nothing of it can be executed again: {Why}.")]
    public static partial void NotExecutable(this ILogger logger, string eventType, string source, string why);

    [LoggerMessage(1601, LogLevel.Warning, "A failed operation cannot be kept at present: {Reason} It is tried again, and what fails meanwhile waits.")]
    public static partial void NotKept(this ILogger logger, string reason);

    [LoggerMessage(1620, LogLevel.Warning, "The command '{Command}' is left out: {Why}.")]
    public static partial void CommandNotRegistered(this ILogger logger, string command, string why);

    [LoggerMessage(1621, LogLevel.Warning, "The command '{Command}' failed for {Caller} ({Via}).")]
    public static partial void CommandFailed(this ILogger logger, Exception fault, string command, string caller, string via);

    [LoggerMessage(1622, LogLevel.Information, "The answer of the command '{Command}' to {Caller} ({Via}) could not be delivered: nobody waited for it any more.")]
    public static partial void CommandNotDelivered(this ILogger logger, string command, string caller, string via);

    [LoggerMessage(1640, LogLevel.Information, "The room '{Room}' is joined.")]
    public static partial void RoomJoined(this ILogger logger, string room);

    [LoggerMessage(1641, LogLevel.Warning, "The room '{Room}' is lost: {Reason} It is connected to again in {DelaySeconds} s.")]
    public static partial void RoomLost(this ILogger logger, string room, string reason, double delaySeconds);

    [LoggerMessage(1642, LogLevel.Information, "The room '{Room}' is still lost: {Reason} It is connected to again in {DelaySeconds} s.")]
    public static partial void RoomStillLost(this ILogger logger, string room, string reason, double delaySeconds);

    [LoggerMessage(1643, LogLevel.Warning, "The room '{Room}' is given up after {Attempts} attempts, until the next start: {Reason}")]
    public static partial void RoomGivenUp(this ILogger logger, string room, int attempts, string reason);

    [LoggerMessage(1644, LogLevel.Warning, "The answer of the command '{Command}' could not be said to {Caller} in the room '{Room}': {Reason}")]
    public static partial void RoomNotAnswered(this ILogger logger, string command, string caller, string room, string reason);
}

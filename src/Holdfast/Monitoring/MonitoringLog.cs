using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring;

internal static partial class MonitoringLog
{
    [LoggerMessage(700, LogLevel.Warning, "Missed events could not be read from the log: {Reason} The watchers are told of a gap.")]
    public static partial void CatchUpFailed(this ILogger logger, string reason);

    [LoggerMessage(701, LogLevel.Information, "Watcher {Connection} connected; {Watchers} are watching.")]
    public static partial void WatcherConnected(this ILogger logger, string connection, int watchers);

    [LoggerMessage(731, LogLevel.Warning, "The end of an epoch could not be asked for: {Reason} A watcher keeps its place there and is told the rest when it comes again.")]
    public static partial void CatchUpPostponed(this ILogger logger, string reason);

    [LoggerMessage(730, LogLevel.Warning, "What other nodes have stored cannot be read: {Reason} Their events are told when it can.")]
    public static partial void OthersUnreadable(this ILogger logger, string reason);

    [LoggerMessage(702, LogLevel.Information, "Watcher {Connection} left: {Reason}.")]
    public static partial void WatcherLeft(this ILogger logger, string connection, string reason);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring;

internal static partial class MonitoringLog
{
    [LoggerMessage(700, LogLevel.Warning, "Missed events could not be read from the log: {Reason} The watchers are told of a gap.")]
    public static partial void CatchUpFailed(this ILogger logger, string reason);

    [LoggerMessage(701, LogLevel.Information, "Watcher {Connection} connected; {Watchers} are watching.")]
    public static partial void WatcherConnected(this ILogger logger, string connection, int watchers);

    [LoggerMessage(702, LogLevel.Information, "Watcher {Connection} left: {Reason}.")]
    public static partial void WatcherLeft(this ILogger logger, string connection, string reason);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Realtime;

internal static partial class RealtimeLog
{
    [LoggerMessage(1900, LogLevel.Information, "Realtime client {Connection} connected; {Clients} are connected.")]
    public static partial void ClientConnected(this ILogger logger, string connection, int clients);

    [LoggerMessage(1901, LogLevel.Information, "Realtime client {Connection} left: {Reason}.")]
    public static partial void ClientLeft(this ILogger logger, string connection, string reason);

    [LoggerMessage(1902, LogLevel.Error, "The feed of a watcher of the live topic failed; its channel is told to join again.")]
    public static partial void FeedFailed(this ILogger logger, Exception fault);
}

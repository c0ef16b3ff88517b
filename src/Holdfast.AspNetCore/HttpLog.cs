using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore;

internal static partial class HttpLog
{
    [LoggerMessage(800, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger logger, Exception fault, string method, string path);

    [LoggerMessage(802, LogLevel.Error, "An event of a WebSocket could not be taken; its sender was told.")]
    public static partial void TakingFailed(this ILogger logger, Exception fault);

    [LoggerMessage(803, LogLevel.Error, "The events of a WebSocket could not be answered; the connection is closed.")]
    public static partial void AnsweringFailed(this ILogger logger, Exception fault);
}

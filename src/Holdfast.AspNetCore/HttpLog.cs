using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore;

internal static partial class HttpLog
{
    [LoggerMessage(800, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger logger, Exception fault, string method, string path);
}

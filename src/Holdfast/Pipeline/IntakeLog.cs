using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

internal static partial class IntakeLog
{
    [LoggerMessage(530, LogLevel.Error, "{Observer} failed on what has just been recorded. The data is durable; its watchers catch up from the log.")]
    public static partial void ObserverFailed(this ILogger logger, Exception fault, string observer);
}

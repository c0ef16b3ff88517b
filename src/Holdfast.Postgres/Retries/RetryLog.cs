using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Retries;

/// <summary>What the queue in PostgreSQL says; events 440 to 449.</summary>
internal static partial class RetryLog
{
    [LoggerMessage(440, LogLevel.Warning, "Cannot listen for retries ({Reason}): until it can, they are found by polling")]
    public static partial void NotListening(ILogger logger, string reason);

    [LoggerMessage(441, LogLevel.Warning, "Other processes could not be told of a retry ({Reason}): they find it by polling")]
    public static partial void NotRung(ILogger logger, string reason);
}

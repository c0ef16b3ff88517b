using Microsoft.Extensions.Logging;

namespace Holdfast.Access;

internal static partial class AccessLog
{
    [LoggerMessage(1700, LogLevel.Warning, "The keys cannot be read from the store ({Reason}); those that were last known stay in effect.")]
    public static partial void KeysNotKnown(this ILogger logger, string reason);

    [LoggerMessage(1701, LogLevel.Information, "The keys are read from the store again.")]
    public static partial void KeysKnownAgain(this ILogger logger);

    [LoggerMessage(1702, LogLevel.Error, "The keys that were last known cannot be read: {Reason} Nobody is let in until the store answers.")]
    public static partial void KeyFileUnreadable(this ILogger logger, string reason);

    [LoggerMessage(1703, LogLevel.Warning, "The keys cannot be kept for a start without the store: {Reason}")]
    public static partial void KeyFileNotWritten(this ILogger logger, string reason);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Flags;

internal static partial class FlagsLog
{
    [LoggerMessage(200, LogLevel.Information, "Settings that differ from their default: {Settings}")]
    public static partial void Effective(this ILogger logger, string settings);

    [LoggerMessage(201, LogLevel.Warning, "{Key} ({Source}) {Message}.")]
    public static partial void Suspicious(this ILogger logger, string key, string source, string message);

    [LoggerMessage(202, LogLevel.Information, "{Name} changed from {OldValue} to {NewValue} ({Origin}).")]
    public static partial void Changed(this ILogger logger, string name, object oldValue, object newValue, FlagOrigin origin);

    [LoggerMessage(203, LogLevel.Warning, "{Key} ({Source}) {Message}. The last good value stays.")]
    public static partial void Refused(this ILogger logger, string key, string source, string message);

    [LoggerMessage(204, LogLevel.Warning, "{Name} has changed ({Origin}) and waits for the next start of the process.")]
    public static partial void WaitsForRestart(this ILogger logger, string name, FlagOrigin origin);

    [LoggerMessage(205, LogLevel.Error, "A listener failed on the change of {Name}; the others were told.")]
    public static partial void ListenerFailed(this ILogger logger, Exception fault, string name);

    [LoggerMessage(207, LogLevel.Error, "A listener failed on a change of the flags; the others were told.")]
    public static partial void RevisionListenerFailed(this ILogger logger, Exception fault);

    [LoggerMessage(206, LogLevel.Warning, "{Path} cannot be watched; it is read every {Period} all the same.")]
    public static partial void NotWatched(this ILogger logger, Exception fault, string path, TimeSpan period);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Supabase;

internal static partial class SupabaseLog
{
    [LoggerMessage(2000, LogLevel.Information, "Broadcasts may be published to {Host}, topic {Topic}.")]
    public static partial void Publishing(this ILogger logger, string host, string topic);

    [LoggerMessage(2001, LogLevel.Error, "The project refuses what is published ({Status}): {Detail} Check SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY. It is tried again in {Seconds:F0} s.")]
    public static partial void Refused(this ILogger logger, int status, string detail, double seconds);

    [LoggerMessage(2002, LogLevel.Warning, "The project throttles (429). The next request goes out in {Seconds:F1} s; until then the newest values replace those that wait.")]
    public static partial void Throttled(this ILogger logger, double seconds);

    [LoggerMessage(2003, LogLevel.Warning, "The project cannot be published to: {Reason}. It is tried again in {Seconds:F1} s.")]
    public static partial void Unavailable(this ILogger logger, string reason, double seconds);

    [LoggerMessage(2004, LogLevel.Information, "The project is published to again.")]
    public static partial void PublishedAgain(this ILogger logger);

    [LoggerMessage(2005, LogLevel.Warning, "The project takes no request such as this one ({Status}): {Detail} Its {Events} events were not published; they are in the log.")]
    public static partial void Rejected(this ILogger logger, int status, string detail, int events);

    [LoggerMessage(2006, LogLevel.Warning, "Rows cannot be inserted into the project's table {Table}: {Reason}. It is tried again in {Seconds:F1} s.")]
    public static partial void TableUnavailable(this ILogger logger, string table, string reason, double seconds);

    [LoggerMessage(2007, LogLevel.Error, "The project's table {Table} takes no rows ({Status}): {Detail}")]
    public static partial void TableRefused(this ILogger logger, string table, int status, string detail);
}

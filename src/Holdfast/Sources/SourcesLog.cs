using Microsoft.Extensions.Logging;

namespace Holdfast.Sources;

internal static partial class SourcesLog
{
    [LoggerMessage(600, LogLevel.Information, "The source {Source} is not available here: {Reason}")]
    public static partial void SourceUnavailable(this ILogger logger, string source, string reason);

    [LoggerMessage(601, LogLevel.Error, "The source {Source} failed; its values are absent until it works again. Said once until then.")]
    public static partial void SourceFailed(this ILogger logger, Exception fault, string source);

    [LoggerMessage(602, LogLevel.Information, "The source {Source} works again.")]
    public static partial void SourceRecovered(this ILogger logger, string source);

    [LoggerMessage(603, LogLevel.Warning, "The spool does not take samples of the built-in sources: {Reason} They are skipped and counted.")]
    public static partial void SamplesSkipped(this ILogger logger, string reason);

    [LoggerMessage(604, LogLevel.Information, "The spool takes samples of the built-in sources again; {Ticks} ticks were skipped.")]
    public static partial void SamplesResumed(this ILogger logger, long ticks);
}

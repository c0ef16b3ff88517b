using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline.DeadLetters;

internal static partial class DeadLetterLog
{
    [LoggerMessage(560, LogLevel.Information, "{Letters} dead letters could be stored after all.")]
    public static partial void LettersRecovered(this ILogger logger, int letters);

    [LoggerMessage(561, LogLevel.Warning, "{Letters} dead letters used up their attempts and wait for a person, the first because of: {Reason}")]
    public static partial void LettersFailed(this ILogger logger, int letters, string reason);

    [LoggerMessage(562, LogLevel.Warning, "Dead letters could not be worked on ({Code}): {Reason} They are tried again later.")]
    public static partial void LettersUnavailable(this ILogger logger, string code, string reason);

    [LoggerMessage(563, LogLevel.Warning, "Leases of dead letters could not be returned ({Code}); they end by themselves within {Seconds:F0} s, without an attempt.")]
    public static partial void LeasesNotReturned(this ILogger logger, string code, double seconds);

    [LoggerMessage(564, LogLevel.Error, "There were more dead letters than are kept ({LettersMax} letters, {BytesMax} bytes): {Letters} were deleted, {Rows} rows among them had not been recovered and count as discarded.")]
    public static partial void LettersTrimmed(this ILogger logger, long letters, long rows, long lettersMax, long bytesMax);

    [LoggerMessage(565, LogLevel.Information, "{Rows} parked rows are on their way to the store again.")]
    public static partial void RowsUnparked(this ILogger logger, long rows);

    [LoggerMessage(566, LogLevel.Warning, "Parked rows could not be sent on their way: {Reason} They stay parked, and are tried again later.")]
    public static partial void RowsStayParked(this ILogger logger, string reason);
}

using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Spool;

/// <summary>What the spool says, event ids 300 to 399.</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(300, LogLevel.Information,
        "Spool {SpoolId} opened in {Directory}, durability {Durability}: {Batches} batches with {Rows} rows wait, last batch {LastBatchSeq}, last sequence {LastSequence}.")]
    public static partial void Opened(
        this ILogger logger, Guid spoolId, string directory, SpoolDurability durability, long batches, long rows, long lastBatchSeq, long lastSequence);

    [LoggerMessage(301, LogLevel.Error,
        "The spool's file is damaged ({Reason}). {Batches} batches were salvaged into a new file; the old one is kept as {KeptAs}.")]
    public static partial void Salvaged(this ILogger logger, string reason, int batches, string keptAs);

    [LoggerMessage(302, LogLevel.Error,
        "Lost: batches {FirstBatchSeq} to {LastBatchSeq}, {Events} events and {Samples} samples as far as known ({Reason}).")]
    public static partial void Lost(this ILogger logger, long firstBatchSeq, long lastBatchSeq, long events, long samples, string reason);

    [LoggerMessage(303, LogLevel.Error, "Table {Table} of the damaged spool could not be read to its end; what came after is gone.")]
    public static partial void TableCut(this ILogger logger, string table);

    [LoggerMessage(304, LogLevel.Warning, "The mark belongs to spool {MarkSpoolId}, the file to spool {SpoolId}: the file decides, and nothing is known of what it may lack.")]
    public static partial void ForeignMark(this ILogger logger, Guid markSpoolId, Guid spoolId);

    [LoggerMessage(305, LogLevel.Error, "The spool cannot be written: {Fault} Nothing is acknowledged until it can.")]
    public static partial void Faulted(this ILogger logger, string fault);

    [LoggerMessage(306, LogLevel.Information, "The spool can be written again.")]
    public static partial void Recovered(this ILogger logger);

    [LoggerMessage(307, LogLevel.Warning, "The disk is full: the reserve of {Bytes} bytes is given up, so that batches can still leave.")]
    public static partial void ReserveGivenUp(this ILogger logger, int bytes);

    [LoggerMessage(308, LogLevel.Information, "The reserve of {Bytes} bytes is there.")]
    public static partial void ReserveMade(this ILogger logger, int bytes);

    [LoggerMessage(309, LogLevel.Warning, "The reserve could not be made: {Reason}")]
    public static partial void ReserveFailed(this ILogger logger, string reason);

    [LoggerMessage(310, LogLevel.Error, "Batch {BatchSeq} does not fit its checksum: it is set aside and counted as lost.")]
    public static partial void BatchDamaged(this ILogger logger, long batchSeq);

    [LoggerMessage(311, LogLevel.Warning, "The spool is at {Level}: {LiveBytes} of {BytesMax} bytes wait.")]
    public static partial void LevelChanged(this ILogger logger, SpoolLevel level, long liveBytes, long bytesMax);

    [LoggerMessage(312, LogLevel.Information, "Spool closed: {Batches} batches with {Rows} rows wait for the next start.")]
    public static partial void Closed(this ILogger logger, long batches, long rows);

    [LoggerMessage(313, LogLevel.Error, "The spool could not be closed cleanly: {Reason} What was acknowledged is on disk.")]
    public static partial void CloseFailed(this ILogger logger, string reason);

    [LoggerMessage(314, LogLevel.Error, "The spool's writer met an unforeseen error and goes on with a newly opened file.")]
    public static partial void WriterFailed(this ILogger logger, Exception exception);

    [LoggerMessage(315, LogLevel.Warning, "The last run did not end in order and may have given out numbers nobody wrote down: numbering goes on above batch {BatchSeq} and sequence {Sequence}.")]
    public static partial void Leapt(this ILogger logger, long batchSeq, long sequence);

    [LoggerMessage(316, LogLevel.Warning, "The spool's file had lost its place: the {Batches} batches that wait in it were written to {Path}.")]
    public static partial void Rescued(this ILogger logger, long batches, string path);
}

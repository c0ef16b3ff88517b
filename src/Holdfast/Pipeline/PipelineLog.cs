using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

internal static partial class PipelineLog
{
    [LoggerMessage(500, LogLevel.Information, "Store opened: {Kind} {StoreId}, schema version {SchemaVersion}.")]
    public static partial void StoreOpened(this ILogger logger, string kind, Guid storeId, int schemaVersion);

    [LoggerMessage(501, LogLevel.Warning, "Nothing could be flushed ({Code}): {Reason} Attempt {Attempt} failed, the next one is in {DelaySeconds:F1} s; data waits in the spool, and this is not said again until it changes.")]
    public static partial void FlushFailed(this ILogger logger, string code, string reason, int attempt, double delaySeconds);

    [LoggerMessage(513, LogLevel.Debug, "Nothing could be flushed ({Code}), as before. Attempt {Attempt} failed, the next one is in {DelaySeconds:F1} s.")]
    public static partial void FlushFailedAgain(this ILogger logger, string code, int attempt, double delaySeconds);

    [LoggerMessage(502, LogLevel.Information, "Flushing goes on after {Attempts} failed attempts.")]
    public static partial void StoreRecovered(this ILogger logger, int attempts);

    [LoggerMessage(503, LogLevel.Warning, "The store refused {Rows} rows of the batches {First} to {Last}; they are dead-lettered with their reasons, their neighbours are stored.")]
    public static partial void RowsRefused(this ILogger logger, long rows, long first, long last);

    [LoggerMessage(504, LogLevel.Information, "{Batches} waiting batches were stored already; they are forgotten here.")]
    public static partial void AlreadyHeld(this ILogger logger, int batches);

    [LoggerMessage(505, LogLevel.Error, "The batches {First} to {Last} are lost ({Events} events, {Samples} samples): {Reason}.")]
    public static partial void RangeLost(this ILogger logger, long first, long last, long events, long samples, string reason);

    [LoggerMessage(514, LogLevel.Information, "The numbers of the batches {First} to {Last} stay unused ({Reason}); nothing was in them.")]
    public static partial void RangeEmpty(this ILogger logger, long first, long last, string reason);

    [LoggerMessage(506, LogLevel.Error, "The store is older than it was: it holds everything up to batch {Mark}. {Batches} batches from {First} to {Last} ({Events} events, {Samples} samples) had been stored, are in neither place now and count as lost.")]
    public static partial void StoreRestored(this ILogger logger, long mark, long first, long last, long batches, long events, long samples);

    [LoggerMessage(512, LogLevel.Information, "{Batches} batches from {First} to {Last} went to another store before this one was first seen; they are none of its business.")]
    public static partial void ResolvedElsewhere(this ILogger logger, long batches, long first, long last);

    [LoggerMessage(507, LogLevel.Warning, "The drain ended early ({Code}): {Reason} What is left stays in the spool.")]
    public static partial void DrainStopped(this ILogger logger, string code, string reason);

    [LoggerMessage(508, LogLevel.Warning, "The totals of the ledger cannot be read ({Code}): {Reason} The ledger shows the last known ones.")]
    public static partial void TotalsUnavailable(this ILogger logger, string code, string reason);

    [LoggerMessage(509, LogLevel.Critical, "The ledger does not balance: {Events} events and {Samples} samples are unaccounted for.")]
    public static partial void LedgerUnbalanced(this ILogger logger, long events, long samples);

    [LoggerMessage(510, LogLevel.Information, "Retention deleted {Rows} rows.")]
    public static partial void Pruned(this ILogger logger, long rows);

    [LoggerMessage(520, LogLevel.Warning, "Validation metrics could not be flushed ({Code}): {Reason} {Rows} rows wait in the spool for the next flush.")]
    public static partial void ValidationNotFlushed(this ILogger logger, string code, string reason, int rows);

    [LoggerMessage(511, LogLevel.Warning, "Maintenance could not work on the store ({Code}): {Reason} It tries again later.")]
    public static partial void MaintenanceFailed(this ILogger logger, string code, string reason);

    [LoggerMessage(540, LogLevel.Warning, "The clock is {Hours:F1} hours ahead of the time that has passed or of what is stored. Until it has stayed there for a day, retention goes by {Instant:O}: set it right if it is wrong; if this server was only switched off or suspended, there is nothing to do.")]
    public static partial void ClockJumped(this ILogger logger, double hours, DateTimeOffset instant);

    [LoggerMessage(541, LogLevel.Information, "The clock has stayed where it was set for a day: retention goes by it.")]
    public static partial void ClockConfirmed(this ILogger logger);

    [LoggerMessage(550, LogLevel.Error, "The store refused {Rows} rows of the batches {First} to {Last}. Dead letters are switched off (RESILIENCE_DLQ_ENABLED): they are parked in the spool until someone decides; their neighbours are stored.")]
    public static partial void RowsParked(this ILogger logger, long rows, long first, long last);

    [LoggerMessage(551, LogLevel.Error, "No more rows can be parked: {Reason} Rows that the store refuses become dead letters although those are switched off.")]
    public static partial void ParkingFull(this ILogger logger, string reason);

    [LoggerMessage(552, LogLevel.Error, "The event {EventType} of the server itself could not be recorded: {Reason}")]
    public static partial void SystemEventLost(this ILogger logger, string eventType, string reason);

    [LoggerMessage(553, LogLevel.Warning, "Operator {Actor}: {Action} {Target} ({Reason}).")]
    public static partial void OperatorActed(this ILogger logger, string actor, string action, string target, string reason);

    [LoggerMessage(555, LogLevel.Error, "{Reason} {Rows} rows of the batches {First} to {Last} are parked in the spool, none is given up; some are tried again from time to time, and all when those are taken. Restore what was changed in the schema. This is not said again until then.")]
    public static partial void SchemaSuspected(this ILogger logger, string reason, long rows, long first, long last);

    [LoggerMessage(556, LogLevel.Debug, "{Rows} rows of the batches {First} to {Last} are parked as well: the schema is still suspected.")]
    public static partial void SchemaSuspectedAgain(this ILogger logger, long rows, long first, long last);

    [LoggerMessage(554, LogLevel.Error, "The entry {AuditId} of the audit is missing in {Place}: {Reason}")]
    public static partial void AuditIncomplete(this ILogger logger, Guid auditId, string place, string reason);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Retries;

internal static partial class RetriesLog
{
    [LoggerMessage(1200, LogLevel.Error, "The lease of this process ended before it could be renewed. Its handlers are cancelled and record nothing; {Items} items will be tried again.")]
    public static partial void LeaseLost(this ILogger logger, int items);

    [LoggerMessage(1201, LogLevel.Warning, "The lease of this process was not renewed ({Code}); it is tried again while there is time.")]
    public static partial void LeaseNotRenewed(this ILogger logger, string code);

    [LoggerMessage(1202, LogLevel.Information, "A lease was given up; {Items} items went back without an attempt counted.")]
    public static partial void LeaseLeft(this ILogger logger, int items);

    [LoggerMessage(1203, LogLevel.Warning, "The lease could not be given up ({Code}); its items go back when it ends by itself.")]
    public static partial void LeaseNotLeft(this ILogger logger, string code);

    [LoggerMessage(1210, LogLevel.Warning, "No retries could be fetched ({Code}): {Message}")]
    public static partial void NothingClaimed(this ILogger logger, string code, string message);

    [LoggerMessage(1211, LogLevel.Warning, "No handler for operations of type {OperationType} in this process: they wait, without attempts being counted, until there is one.")]
    public static partial void NoHandler(this ILogger logger, string operationType);

    [LoggerMessage(1212, LogLevel.Warning, "The retry {Id} of type {OperationType} has lost two workers and is executed alone.")]
    public static partial void ExecutedAlone(this ILogger logger, Guid id, string operationType);

    [LoggerMessage(1220, LogLevel.Error, "The handler of {OperationType} ignores its cancellation (retry {Id}); it is left behind, and there are {LeftBehind} of these.")]
    public static partial void HandlerLeftBehind(this ILogger logger, string operationType, Guid id, int leftBehind);

    [LoggerMessage(1221, LogLevel.Warning, "The handler of {OperationType} that was left behind has ended (retry {Id}); what came of it does not count.")]
    public static partial void HandlerEndedLate(this ILogger logger, Exception? fault, string operationType, Guid id);

    [LoggerMessage(1222, LogLevel.Error, "The retry {Id} could not be executed; that counts as a failed attempt.")]
    public static partial void ExecutionFailed(this ILogger logger, Exception fault, Guid id);

    [LoggerMessage(1223, LogLevel.Error, "What the handler of {OperationType} registered for its cancellation threw (retry {Id}).")]
    public static partial void CancellationThrew(this ILogger logger, Exception fault, string operationType, Guid id);

    [LoggerMessage(1230, LogLevel.Warning, "Outcomes of {Items} retries could not be recorded ({Code}); it is tried again while the lease holds.")]
    public static partial void OutcomesNotRecorded(this ILogger logger, string code, int items);

    [LoggerMessage(1231, LogLevel.Error, "Outcomes of {Items} retries came after the lease had ended and do not count: the items are executed again.")]
    public static partial void OutcomesTooLate(this ILogger logger, int items);

    [LoggerMessage(1232, LogLevel.Error, "The outcome of the retry {Id} was refused; it is executed again.")]
    public static partial void OutcomeRefused(this ILogger logger, Exception fault, Guid id);

    [LoggerMessage(1240, LogLevel.Warning, "Workers disappeared: {Rescued} retries went back to the queue, {DeadLettered} became dead letters.")]
    public static partial void Rescued(this ILogger logger, int rescued, int deadLettered);

    [LoggerMessage(1241, LogLevel.Debug, "No retries could be rescued ({Code}).")]
    public static partial void RescueUnavailable(this ILogger logger, string code);

    [LoggerMessage(1242, LogLevel.Debug, "The queue of retries could not be maintained ({Code}).")]
    public static partial void MaintenanceUnavailable(this ILogger logger, string code);

    [LoggerMessage(1250, LogLevel.Warning, "The database is away ({Code}): retries that come are kept in the spool, and go to the queue when it is back.")]
    public static partial void Spooling(this ILogger logger, string code);

    [LoggerMessage(1251, LogLevel.Information, "{Items} retries came out of the spool into the queue; {Duplicates} were there already.")]
    public static partial void OutOfSpool(this ILogger logger, int items, int duplicates);

    [LoggerMessage(1252, LogLevel.Debug, "Retries stay in the spool ({Code}).")]
    public static partial void StaysSpooled(this ILogger logger, string code);

    [LoggerMessage(1253, LogLevel.Error, "The queue refuses the retry {Id} that was spooled. It is put aside in the spool and tried again at the next start.")]
    public static partial void SpooledRefused(this ILogger logger, Exception fault, Guid id);

    [LoggerMessage(1254, LogLevel.Error, "The spool of the retries fails; it is tried again.")]
    public static partial void SpoolFails(this ILogger logger, Exception fault);
}

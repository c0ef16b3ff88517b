using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Store;

/// <summary>What the PostgreSQL store says; events 420 to 439.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(420, LogLevel.Information, "Applied migration {Number} ({Name}) to database {Database} at {Server}")]
    public static partial void MigrationApplied(ILogger logger, int number, string name, string database, string server);

    [LoggerMessage(421, LogLevel.Warning, "The store refused {Rows} rows of a write; the first: {Reason}")]
    public static partial void RowsRefused(ILogger logger, int rows, string reason);

    [LoggerMessage(422, LogLevel.Warning, "Approach {Approach} is closed for {Kind} ({SqlState}: {Reason}); it is tried again after {Seconds} s")]
    public static partial void ApproachClosed(ILogger logger, string approach, string kind, string sqlState, string reason, double seconds);

    [LoggerMessage(423, LogLevel.Information, "Approach {Approach} is open again for {Kind}")]
    public static partial void ApproachOpen(ILogger logger, string approach, string kind);

    [LoggerMessage(425, LogLevel.Warning, "Partitions for the next days could not be made ({SqlState}: {Reason}); it is tried again")]
    public static partial void PartitionsNotPrepared(ILogger logger, string sqlState, string reason);

    [LoggerMessage(426, LogLevel.Information, "Partition {Partition} is in use and stays until the next round of retention ({Reason})")]
    public static partial void PartitionInUse(ILogger logger, string partition, string reason);

    [LoggerMessage(428, LogLevel.Warning, "This server's clock is {Hours:F1} hours ahead of the database's: nothing is deleted by it. Set the one that is wrong.")]
    public static partial void ClockAhead(ILogger logger, double hours);

    [LoggerMessage(429, LogLevel.Warning, "The connection to {Server} may be in clear, the password with it: SSL Mode=VerifyFull in the connection string insists on TLS and on the right server.")]
    public static partial void MayBeClear(ILogger logger, string server);

    [LoggerMessage(430, LogLevel.Warning, "Cannot listen for what other nodes store ({Reason}): until it can, it is found by looking every second")]
    public static partial void NotListening(ILogger logger, string reason);

    [LoggerMessage(431, LogLevel.Warning, "Other nodes could not be told that something was stored ({Reason}): they find it by looking")]
    public static partial void NotRung(ILogger logger, string reason);

    [LoggerMessage(427, LogLevel.Debug, "A COPY could not be taken back; its connection is closed")]
    public static partial void CopyNotCancelled(ILogger logger, Exception fault);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Store;

/// <summary>What the embedded store says; events 400 to 409.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(400, LogLevel.Information, "Applied migration {Number} ({Name}) to {Path}")]
    public static partial void MigrationApplied(ILogger logger, int number, string name, string path);

    [LoggerMessage(401, LogLevel.Warning, "The write-ahead log has {WalBytes} bytes and could not be emptied; the next write tries again")]
    public static partial void CheckpointPostponed(ILogger logger, long walBytes, Exception fault);

    [LoggerMessage(402, LogLevel.Warning, "The store refused {Rows} rows of a write; the first: {Reason}")]
    public static partial void RowsRefused(ILogger logger, int rows, string reason);
}

using Holdfast.Pipeline;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Holdfast.Sqlite.Native;

/// <summary>What SQLite's result codes mean to the product: the row is bad, or the store is not to be had at present and why.</summary>
internal static class SqliteResultCodes
{
    private static readonly Dictionary<int, string> Names = new()
    {
        [SQLITE_CONSTRAINT] = nameof(SQLITE_CONSTRAINT),
        [SQLITE_CONSTRAINT_CHECK] = nameof(SQLITE_CONSTRAINT_CHECK),
        [SQLITE_CONSTRAINT_COMMITHOOK] = nameof(SQLITE_CONSTRAINT_COMMITHOOK),
        [SQLITE_CONSTRAINT_FOREIGNKEY] = nameof(SQLITE_CONSTRAINT_FOREIGNKEY),
        [SQLITE_CONSTRAINT_FUNCTION] = nameof(SQLITE_CONSTRAINT_FUNCTION),
        [SQLITE_CONSTRAINT_NOTNULL] = nameof(SQLITE_CONSTRAINT_NOTNULL),
        [SQLITE_CONSTRAINT_PRIMARYKEY] = nameof(SQLITE_CONSTRAINT_PRIMARYKEY),
        [SQLITE_CONSTRAINT_TRIGGER] = nameof(SQLITE_CONSTRAINT_TRIGGER),
        [SQLITE_CONSTRAINT_UNIQUE] = nameof(SQLITE_CONSTRAINT_UNIQUE),
        [SQLITE_CONSTRAINT_VTAB] = nameof(SQLITE_CONSTRAINT_VTAB),
        [SQLITE_CONSTRAINT_ROWID] = nameof(SQLITE_CONSTRAINT_ROWID),
        [3091] = "SQLITE_CONSTRAINT_DATATYPE", // SQLITE_CONSTRAINT | 12<<8; the binding has no name for it yet
        [SQLITE_TOOBIG] = nameof(SQLITE_TOOBIG),
        [SQLITE_MISMATCH] = nameof(SQLITE_MISMATCH),
        [SQLITE_BUSY] = nameof(SQLITE_BUSY),
        [SQLITE_LOCKED] = nameof(SQLITE_LOCKED),
        [SQLITE_FULL] = nameof(SQLITE_FULL),
        [SQLITE_IOERR] = nameof(SQLITE_IOERR),
        [SQLITE_CORRUPT] = nameof(SQLITE_CORRUPT),
        [SQLITE_NOTADB] = nameof(SQLITE_NOTADB),
        [SQLITE_READONLY] = nameof(SQLITE_READONLY),
        [SQLITE_NOMEM] = nameof(SQLITE_NOMEM),
        [SQLITE_CANTOPEN] = nameof(SQLITE_CANTOPEN),
    };

    /// <summary>True when the row itself is at fault: its neighbours can be stored, and asking again would not help.</summary>
    public static bool RefusesRow(int resultCode) => (resultCode & 0xFF) is SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH;

    /// <summary>SQLite's name of the code: of the extended one where it has one here, else of the primary one, else the number.</summary>
    public static string NameOf(int resultCode) =>
        Names.GetValueOrDefault(resultCode) ?? Names.GetValueOrDefault(resultCode & 0xFF) ?? $"SQLITE_{resultCode}";

    /// <summary>The class of a fault in <see cref="StoreUnavailableException.Code"/>.</summary>
    public static string ClassOf(int resultCode) => (resultCode & 0xFF) switch
    {
        SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => "busy",
        SQLITE_FULL => "full",
        SQLITE_IOERR or SQLITE_READONLY => "io",
        SQLITE_CORRUPT or SQLITE_NOTADB => "corrupt",
        SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_AUTH => "connection",
        _ => "other",
    };

    /// <summary>The fault in the store's words, with what an operator can do about it.</summary>
    public static StoreUnavailableException Unavailable(SqliteException fault, string path) =>
        new(ClassOf(fault.SqliteErrorCode), $"{Advice(fault.SqliteErrorCode, path)} ({NameOf(fault.SqliteExtendedErrorCode)}: {fault.Message})", fault);

    private static string Advice(int resultCode, string path) => ClassOf(resultCode) switch
    {
        "busy" => $"{path} is in use by another process or a long-running reader; the write is repeated.",
        "full" => $"The disk that holds {path} is full. Make room; what waits in the spool is stored then.",
        "io" => $"{path} cannot be read or written. Check the disk and that the directory is writable.",
        "corrupt" => $"{path} is damaged or not a Holdfast database. Stop the server and either restore the file from a backup, or move it away together with its -wal and -shm files: a new one is made at the next start.",
        "connection" => $"{path} cannot be opened. Check that the directory exists and belongs to this user.",
        _ => $"{path} cannot be used at present.",
    };
}

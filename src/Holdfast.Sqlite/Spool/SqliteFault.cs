using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Sqlite.Spool;

/// <summary>What an error of SQLite means for the spool's file.</summary>
internal enum SqliteFault
{
    /// <summary>No room. The connection stays good; room comes back.</summary>
    Full,

    /// <summary>Somebody else has the file for the moment.</summary>
    Busy,

    /// <summary>The file's content cannot be trusted: salvage.</summary>
    Damaged,

    /// <summary>Anything else, I/O above all: what the connection believes may differ from what is on disk, so open anew.</summary>
    Broken,
}

internal static class SqliteFaults
{
    public static SqliteFault Classify(SqliteException exception) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => SqliteFault.Full,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => SqliteFault.Busy,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => SqliteFault.Damaged,
        _ => SqliteFault.Broken,
    };
}

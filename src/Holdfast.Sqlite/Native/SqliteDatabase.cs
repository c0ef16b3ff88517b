using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Sqlite.Native;

/// <summary>
/// One connection to a SQLite file, for one user at a time. Statements are prepared once and kept: all SQL of the product is constant.
/// Errors are <see cref="SqliteException"/> with the extended result code.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private CancellationToken _stop;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 connection) => _connection = connection;

    /// <summary>Opens the file, and makes it when it is not there.</summary>
    public static SqliteDatabase Open(string path) => Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>Opens a file that is there.</summary>
    public static SqliteDatabase OpenExisting(string path) => Open(path, raw.SQLITE_OPEN_READWRITE);

    /// <summary>Opens a file that is there, and never changes it.</summary>
    public static SqliteDatabase OpenReadOnly(string path) => Open(path, raw.SQLITE_OPEN_READONLY);

    private static SqliteDatabase Open(string path, int access)
    {
        // Each connection has one user at a time, so SQLite's own mutex per connection is not needed.
        var code = raw.sqlite3_open_v2(path, out var connection, access | raw.SQLITE_OPEN_NOMUTEX, vfs: null);
        if (code == raw.SQLITE_OK)
        {
            raw.sqlite3_extended_result_codes(connection, 1);
            return new SqliteDatabase(connection);
        }

        var fault = Fault(connection, code);
        connection.Dispose();
        throw fault;
    }

    /// <summary>True between BEGIN and COMMIT. SQLite ends a transaction itself after some errors (disk full, I/O).</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_connection) == 0;

    /// <summary>How long a statement waits for a lock that another connection holds.</summary>
    public void WaitWhenBusy(TimeSpan time) => raw.sqlite3_busy_timeout(_connection, (int)time.TotalMilliseconds);

    /// <summary>Rows changed since the connection was opened.</summary>
    public long TotalChanges => raw.sqlite3_total_changes(_connection);

    /// <summary>Rows changed by the last statement.</summary>
    public int Changes => raw.sqlite3_changes(_connection);

    /// <summary>Runs one or several statements that have no parameters and whose rows do not matter.</summary>
    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(_connection, sql);
        if (code != raw.SQLITE_OK)
        {
            throw Fault(_connection, code);
        }
    }

    /// <summary>The statement for this text, reset. It is the connection's: two users of one text at a time are a mistake.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            var code = raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared);
            statement = code == raw.SQLITE_OK ? new SqliteStatement(_connection, prepared) : throw Fault(_connection, code);
            _statements.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>The first column of the first row as a number; null when there is no row or it is NULL.</summary>
    public long? ReadNumber(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Int64OrNull(0) : null;
    }

    /// <summary>Starts a transaction that may write. It rolls back unless committed.</summary>
    public SqliteWriteTransaction BeginWrite() => new(this);

    /// <summary>
    /// Asks, from here on, whether what runs on this connection is to end: then it fails with INTERRUPT. Asked every 10,000 steps of SQLite's
    /// machine, some tenths of a millisecond. (sqlite3_interrupt would miss a cancellation that comes just before a statement starts.)
    /// </summary>
    public void ObserveStop() => raw.sqlite3_progress_handler(
        _connection, 10_000, static state => ((SqliteDatabase)state)._stop.IsCancellationRequested ? 1 : 0, this);

    /// <summary>Whose cancellation ends what runs, once <see cref="ObserveStop"/> was called.</summary>
    public void StopWhen(CancellationToken cancellationToken) => _stop = cancellationToken;

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Finish();
        }

        _connection.Dispose();
    }

    /// <param name="code">The extended result code.</param>
    internal static SqliteException Fault(int code, string message) => new(message, code & 0xFF, code);

    internal static SqliteException Fault(sqlite3 connection, int code) =>
        new(raw.sqlite3_errmsg(connection).utf8_to_string(), code & 0xFF, raw.sqlite3_extended_errcode(connection));
}

/// <summary>A transaction that holds the write lock from its start, so that it cannot fail half-way for want of it.</summary>
internal readonly struct SqliteWriteTransaction : IDisposable
{
    private readonly SqliteDatabase _database;

    internal SqliteWriteTransaction(SqliteDatabase database)
    {
        _database = database;
        database.Prepare("BEGIN IMMEDIATE").Run();
    }

    public void Commit() => _database.Prepare("COMMIT").Run();

    public void Dispose()
    {
        if (_database.InTransaction)
        {
            _database.Execute("ROLLBACK");
        }
    }
}

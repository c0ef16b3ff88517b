using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// One SQLite connection with its prepared statements, spoken to without the ADO.NET layer: a commit costs no allocation beside its own data.
/// Not thread-safe.
/// </summary>
internal sealed class SpoolConnection : IDisposable
{
    // Another process may look into the file (spool verify); nobody else writes.
    private const int BusyTimeoutMilliseconds = 2_000;

    private readonly SqliteConnection _connection;
    private readonly List<SpoolStatement> _statements = [];

    private SpoolConnection(SqliteConnection connection) => _connection = connection;

    public sqlite3 Handle => _connection.Handle!;

    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SpoolConnection Open(string path, SqliteOpenMode mode)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle, BusyTimeoutMilliseconds);
            return new SpoolConnection(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public SpoolStatement Prepare(string sql)
    {
        var statement = new SpoolStatement(Handle, sql);
        _statements.Add(statement);
        return statement;
    }

    public void Execute(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(Handle, sql), Handle);

    /// <summary>First column of the first row; 0 when there is none.</summary>
    public long Scalar(string sql)
    {
        using var statement = new SpoolStatement(Handle, sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>First column of every row.</summary>
    public IReadOnlyList<string> Texts(string sql)
    {
        using var statement = new SpoolStatement(Handle, sql);
        var texts = new List<string>();
        while (statement.Step())
        {
            texts.Add(statement.Text(0));
        }

        return texts;
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }
}

/// <summary>A prepared statement. Columns count from 0, parameters from 1. Reset before it is run again, whatever happened.</summary>
internal sealed class SpoolStatement : IDisposable
{
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;

    public SpoolStatement(sqlite3 db, string sql)
    {
        _db = db;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(db, sql, out _statement), db);
    }

    public int ColumnCount => raw.sqlite3_column_count(_statement);

    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(_statement, parameter, value));

    public void Bind(int parameter, long? value)
    {
        if (value is { } number)
        {
            Bind(parameter, number);
        }
        else
        {
            Check(raw.sqlite3_bind_null(_statement, parameter));
        }
    }

    /// <summary>SQLite copies the bytes. An empty span is an empty blob, not null.</summary>
    public void Bind(int parameter, ReadOnlySpan<byte> blob) => Check(blob.IsEmpty
        ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
        : raw.sqlite3_bind_blob(_statement, parameter, blob));

    public void Bind(int parameter, string text) => Check(raw.sqlite3_bind_text(_statement, parameter, text));

    /// <summary>In RFC 9562 order, so that the bytes read like the text.</summary>
    public void Bind(int parameter, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Bind(parameter, bytes);
    }

    /// <summary>Binds a column of another statement's row as it is.</summary>
    public void BindColumn(int parameter, SpoolStatement source, int column)
    {
        switch (raw.sqlite3_column_type(source._statement, column))
        {
            case raw.SQLITE_INTEGER:
                Bind(parameter, source.Int64(column));
                break;
            case raw.SQLITE_TEXT:
                Bind(parameter, source.Text(column));
                break;
            case raw.SQLITE_BLOB:
                Bind(parameter, source.Blob(column));
                break;
            default:
                Bind(parameter, (long?)null);
                break;
        }
    }

    /// <summary>True when there is a row. An error resets the statement.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return code == raw.SQLITE_ROW;
        }

        Reset();
        SqliteException.ThrowExceptionForRC(code, _db);
        return false;
    }

    /// <summary>Runs to the end and makes ready for the next run.</summary>
    public void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    // The result code repeats the error of the last step, which has been thrown already.
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public long? NullableInt64(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : Int64(column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public Guid Guid(int column) => new(Blob(column), bigEndian: true);

    public void Dispose() => _statement.Dispose();

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _db);
}

using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Sqlite.Native;

/// <summary>
/// A prepared statement of one connection, without the allocations of ADO.NET: UTF-8 goes in and out as spans. Parameters count from
/// 1, columns from 0, as in SQLite. <see cref="Dispose"/> hands it back to its connection, reset; the connection ends it.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    internal SqliteStatement(sqlite3 connection, sqlite3_stmt statement)
    {
        _connection = connection;
        _statement = statement;
    }

    public SqliteStatement Bind(int parameter, long value) => Checked(raw.sqlite3_bind_int64(_statement, parameter, value));

    /// <summary>NaN is bound as NULL: SQLite has no NaN.</summary>
    public SqliteStatement Bind(int parameter, double value) => Checked(raw.sqlite3_bind_double(_statement, parameter, value));

    public SqliteStatement BindNull(int parameter) => Checked(raw.sqlite3_bind_null(_statement, parameter));

    public SqliteStatement Bind(int parameter, long? value) => value is { } v ? Bind(parameter, v) : BindNull(parameter);

    public SqliteStatement Bind(int parameter, Guid? value) => value is { } v ? Bind(parameter, v) : BindNull(parameter);

    public SqliteStatement Bind(int parameter, string? value) =>
        value is null ? BindNull(parameter) : BindText(parameter, Encoding.UTF8.GetBytes(value));

    /// <summary>Sixteen bytes in the order of RFC 9562, which is also their order in an index.</summary>
    public SqliteStatement Bind(int parameter, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return BindBlob(parameter, bytes);
    }

    // An empty span pins as a null pointer, which SQLite would take for NULL.
    public SqliteStatement BindText(int parameter, ReadOnlySpan<byte> utf8) => Checked(
        utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, parameter, "") : raw.sqlite3_bind_text(_statement, parameter, utf8));

    public SqliteStatement BindBlob(int parameter, ReadOnlySpan<byte> bytes) => Checked(
        bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0) : raw.sqlite3_bind_blob(_statement, parameter, bytes));

    /// <summary>Binds a column of another statement's row as it is.</summary>
    public SqliteStatement BindColumn(int parameter, SqliteStatement row, int column) => raw.sqlite3_column_type(row._statement, column) switch
    {
        raw.SQLITE_INTEGER => Bind(parameter, row.Int64(column)),
        raw.SQLITE_FLOAT => Bind(parameter, row.Double(column)),
        raw.SQLITE_TEXT => Bind(parameter, row.Text(column)),
        raw.SQLITE_BLOB => BindBlob(parameter, row.Blob(column)),
        _ => BindNull(parameter),
    };

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="SqliteException">Anything but a row or the end.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        return code == raw.SQLITE_ROW || (code == raw.SQLITE_DONE ? false : throw SqliteDatabase.Fault(_connection, code));
    }

    /// <summary>Runs a statement without rows to its end and resets it, so that it can be bound again.</summary>
    public void Run()
    {
        using (this)
        {
            Step();
        }
    }

    /// <summary>
    /// As <see cref="Run"/>, for a row that may be refused: returns SQLite's extended result code instead of throwing, 0 when done. SQLite
    /// takes back the statement and leaves the transaction as it was before it.
    /// </summary>
    public int TryRun(out string message)
    {
        var code = TryStep(out _, out message);
        raw.sqlite3_reset(_statement);
        return code;
    }

    /// <summary>As <see cref="Step"/>, for a row that may be refused.</summary>
    public int TryStep(out bool hasRow, out string message)
    {
        var code = raw.sqlite3_step(_statement);
        hasRow = code == raw.SQLITE_ROW;
        if (hasRow || code == raw.SQLITE_DONE)
        {
            message = "";
            return 0;
        }

        message = raw.sqlite3_errmsg(_connection).utf8_to_string();
        return raw.sqlite3_extended_errcode(_connection);
    }

    public int ColumnCount => raw.sqlite3_column_count(_statement);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public long? Int64OrNull(int column) => IsNull(column) ? null : Int64(column);

    public double Double(int column) => raw.sqlite3_column_double(_statement, column);

    public double DoubleOrNaN(int column) => IsNull(column) ? double.NaN : Double(column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>Of a text its UTF-8. Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public Guid Guid(int column) => new(Blob(column), bigEndian: true);

    // Bindings stay: every user binds all parameters before it steps.
    public void Dispose() => raw.sqlite3_reset(_statement);

    internal void Finish() => _statement.Dispose();

    private SqliteStatement Checked(int code) => code == raw.SQLITE_OK ? this : throw SqliteDatabase.Fault(_connection, code);
}

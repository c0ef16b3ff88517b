using Holdfast.BuiltIn.Sql;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Holdfast.Sqlite.Sql;

/// <summary>Connections to one file, kept by the driver. SQLite works on the thread that asks it, so each operation has one of the pool.</summary>
internal sealed class SqliteSqlPool(string connectionString) : ISqlPool
{
    private static readonly TimeSpan AwayDelay = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken) =>
        await Task.Run(() => Run(statements, cancellationToken), cancellationToken);

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = Open();
            using var command = Command(connection, new SqlOperation("SELECT count(*) FROM sqlite_schema", []));
            Guard(() => command.ExecuteScalar(), cancellationToken);
        },
        cancellationToken);

    public void Clear()
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    public ValueTask DisposeAsync()
    {
        Clear();
        return ValueTask.CompletedTask;
    }

    private List<SqlRan> Run(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var stop = cancellationToken.UnsafeRegister(static state => sqlite3_interrupt(((SqliteConnection)state!).Handle), connection);
        return Guard(() => statements.Count == 1 ? [Execute(connection, statements[0])] : ExecuteAll(connection, statements), cancellationToken);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw Away(fault, AwayDelay);
        }
    }

    private static List<SqlRan> ExecuteAll(SqliteConnection connection, IReadOnlyList<SqlStatement> statements)
    {
        // It rolls back unless committed.
        using var transaction = connection.BeginTransaction();
        var ran = statements.Select(statement => Execute(connection, statement)).ToList();
        transaction.Commit();
        return ran;
    }

    private static SqlRan Execute(SqliteConnection connection, SqlStatement statement)
    {
        using var command = Command(connection, statement.Operation);
        using var reader = command.ExecuteReader();
        string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        var rows = new List<object?[]>();
        var hasMore = false;
        while (statement.RowsMax > 0 && !hasMore && reader.Read())
        {
            hasMore = rows.Count == statement.RowsMax;
            if (!hasMore)
            {
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
            }
        }

        reader.Close();
        return new SqlRan(new SqlRows(columns, rows, hasMore), Math.Max(0, reader.RecordsAffected));
    }

    // Parameters without names are $1, $2 and so on, as in PostgreSQL.
    private static SqliteCommand Command(SqliteConnection connection, SqlOperation operation)
    {
        var command = connection.CreateCommand();
        command.CommandText = operation.Sql;
        for (var i = 0; i < operation.Parameters.Count; i++)
        {
            var parameter = operation.Parameters[i];
            var name = parameter.Name.Length == 0 ? $"${i + 1}" : parameter.Name[0] is '$' or '@' or ':' ? parameter.Name : $"@{parameter.Name}";
            command.Parameters.AddWithValue(name, parameter.Value is SqlJson json ? json.Text : parameter.Value ?? DBNull.Value);
        }

        return command;
    }

    private static T Guard<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            return work();
        }
        catch (SqliteException fault)
        {
            throw Translate(fault, cancellationToken);
        }
        catch (InvalidOperationException fault)
        {
            // The driver, of parameters that do not fit the statement.
            throw new SqlOperationRefusedException("SQLITE_MISUSE", fault.Message, fault);
        }
    }

    private static Exception Translate(SqliteException fault, CancellationToken cancellationToken)
    {
        var name = SqliteResultCodes.NameOf(fault.SqliteExtendedErrorCode);
        return fault.SqliteErrorCode switch
        {
            SQLITE_INTERRUPT when cancellationToken.IsCancellationRequested => new OperationCanceledException(cancellationToken),
            _ when SqliteResultCodes.RefusesRow(fault.SqliteErrorCode) => new SqlOperationRefusedException(name, fault.Message, fault),

            // SQLite has one code for wrong SQL and for a table that is missing, and the second may be there at the next attempt.
            SQLITE_ERROR when fault.Message.Contains("syntax error", StringComparison.Ordinal) => new SqlOperationRefusedException(name, fault.Message, fault),
            SQLITE_ERROR or SQLITE_SCHEMA => new SqlOperationFailedException(name, fault.Message, fault),
            _ => Away(fault),
        };
    }

    private static StoreUnavailableException Away(SqliteException fault, TimeSpan? after = null) =>
        new(SqliteResultCodes.ClassOf(fault.SqliteErrorCode), $"The file cannot be used at present: {fault.Message}", fault) { RetryAfter = after };
}

using Holdfast.BuiltIn.Sql;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Sql;

/// <summary>Connections to one database of PostgreSQL, kept by the driver: it opens those that stay open, tries idle ones, and closes old ones.</summary>
internal sealed class PostgresSqlPool(string connectionString) : ISqlPool
{
    private static readonly TimeSpan AwayDelay = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    public async Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        try
        {
            return statements.Count == 1
                ? [await ExecuteAsync(connection, statements[0], cancellationToken)]
                : await ExecuteAllAsync(connection, statements, cancellationToken);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw Translate(fault, cancellationToken);
        }
    }

    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw Away(fault);
        }
    }

    public void Clear() => _source.Clear();

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception fault) when (PostgresFaults.Concerns(fault))
        {
            throw Away(fault, AwayDelay);
        }
    }

    private static async Task<IReadOnlyList<SqlRan>> ExecuteAllAsync(NpgsqlConnection connection, IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var ran = new List<SqlRan>(statements.Count);
        foreach (var statement in statements)
        {
            ran.Add(await ExecuteAsync(connection, statement, cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
        return ran;
    }

    private static async Task<SqlRan> ExecuteAsync(NpgsqlConnection connection, SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement.Operation.Sql, connection);
        foreach (var parameter in statement.Operation.Parameters)
        {
            command.Parameters.Add(PostgresSqlOperations.ToParameter(parameter));
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        var rows = new List<object?[]>();
        var hasMore = false;
        while (statement.RowsMax > 0 && !hasMore && await reader.ReadAsync(cancellationToken))
        {
            hasMore = rows.Count == statement.RowsMax;
            if (!hasMore)
            {
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
            }
        }

        await reader.CloseAsync();
        return new SqlRan(new SqlRows(columns, rows, hasMore), Math.Max(0, reader.RecordsAffected));
    }

    private static Exception Translate(Exception fault, CancellationToken cancellationToken) => fault switch
    {
        PostgresException { SqlState: "57014" } when cancellationToken.IsCancellationRequested => new OperationCanceledException(cancellationToken),
        PostgresException answer when answer.SqlState == "42601" || SqlStates.RefusesRow(answer) => new SqlOperationRefusedException(answer.SqlState, answer.MessageText, answer),
        PostgresException answer when SqlStates.ClassOf(answer.SqlState) is not ("08" or "57") => new SqlOperationFailedException(answer.SqlState, answer.MessageText, answer),
        _ => Away(fault),
    };

    // The driver's texts name hosts and never passwords.
    private static StoreUnavailableException Away(Exception fault, TimeSpan? after = null) =>
        new(fault.GetBaseException() is TimeoutException ? "timeout" : "connection", $"The database cannot be used at present: {fault.GetBaseException().Message}", fault) { RetryAfter = after };
}

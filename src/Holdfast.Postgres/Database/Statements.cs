using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>Statements in one line. Parameters are <c>$1</c>, <c>$2</c> and so on; an array is one parameter.</summary>
internal static class Statements
{
    public static async ValueTask<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first column of the only row.</summary>
    public static async ValueTask<T> ScalarAsync<T>(
        this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async ValueTask<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        var items = new List<T>();
        await connection.ReadAsync(
            sql,
            row =>
            {
                items.Add(read(row));
                return true;
            },
            cancellationToken,
            parameters);
        return items;
    }

    /// <summary>Shows row after row until there is none, or none is wanted any more.</summary>
    public static async ValueTask ReadAsync(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, bool> goOnAfter, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken) && goOnAfter(rows))
        {
        }
    }

    /// <summary>Adds a statement to those that go to the server together.</summary>
    public static NpgsqlBatch Add(this NpgsqlBatch batch, string sql, params IReadOnlyList<object?> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        AddParameters(command.Parameters, parameters);
        batch.BatchCommands.Add(command);
        return batch;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IReadOnlyList<object?> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        AddParameters(command.Parameters, parameters);
        return command;
    }

    private static void AddParameters(NpgsqlParameterCollection target, IReadOnlyList<object?> parameters)
    {
        foreach (var value in parameters)
        {
            target.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
        }
    }
}

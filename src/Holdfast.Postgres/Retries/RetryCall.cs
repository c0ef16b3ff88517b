using System.Globalization;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>
/// Statements that change the queue, sent together as one transaction: one round trip. The first sets, for the transaction alone, what
/// nobody's configuration may take away, as <see cref="WriteTransactions"/> does for those that take several.
/// </summary>
internal static class RetryCall
{
    // A claim or an outcome that was answered and is lost again would be an operation executed twice.
    private const string First =
        """
        SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true),
          set_config('statement_timeout', $1, true)
        """;

    /// <summary>One call; the rows of its result.</summary>
    public static async ValueTask<List<T>> RunAsync<T>(
        NpgsqlConnection connection, TimeSpan limit, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params IReadOnlyList<object?> parameters)
    {
        await using var batch = Begin(connection, limit).Add(sql, parameters);
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        return await ReadAsync(rows, read, cancellationToken);
    }

    /// <summary>A change and, in the same transaction, a look at what came of it.</summary>
    public static async ValueTask<(T Result, TSeen? Seen)> RunAndSeeAsync<T, TSeen>(
        NpgsqlConnection connection, TimeSpan limit, (string Sql, object?[] Parameters) change, Func<NpgsqlDataReader, T> read,
        (string Sql, object?[] Parameters) see, Func<NpgsqlDataReader, TSeen> readSeen, CancellationToken cancellationToken)
        where TSeen : class
    {
        await using var batch = Begin(connection, limit).Add(change.Sql, change.Parameters).Add(see.Sql, see.Parameters);
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        var result = (await ReadAsync(rows, read, cancellationToken))[0];
        await rows.NextResultAsync(cancellationToken);
        return (result, (await ReadAsync(rows, readSeen, cancellationToken)).SingleOrDefault());
    }

    private static NpgsqlBatch Begin(NpgsqlConnection connection, TimeSpan limit) =>
        new NpgsqlBatch(connection).Add(First, ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    private static async ValueTask<List<T>> ReadAsync<T>(NpgsqlDataReader rows, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var items = new List<T>();
        while (await rows.ReadAsync(cancellationToken))
        {
            items.Add(read(rows));
        }

        return items;
    }
}

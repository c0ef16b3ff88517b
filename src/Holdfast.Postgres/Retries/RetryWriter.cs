using System.Text;
using Holdfast.Postgres.Database;
using Holdfast.Retries;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Retries;

/// <summary>Takes items in: within a transaction of the caller's.</summary>
internal static class RetryWriter
{
    // Large enough that a statement costs little beside its rows, small enough that its arrays stay far from the server's limits.
    private const int ItemsPerStatement = 2_500;
    private const int BytesPerStatement = 32 << 20;

    private const string Enqueue = "SELECT id, created FROM holdfast.enqueue_retries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    public static async ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(
        NpgsqlConnection connection, IReadOnlyList<NewRetry> items, CancellationToken cancellationToken)
    {
        var answers = new List<EnqueuedRetry>(items.Count);
        foreach (var part in Parts(items))
        {
            answers.AddRange(await connection.QueryAsync(Enqueue, ReadAnswer, cancellationToken, Parameters(part)));
        }

        return answers;
    }

    /// <summary>Whether all of it is one statement.</summary>
    public static bool IsOneStatement(IReadOnlyList<NewRetry> items) => Parts(items).Take(2).Count() <= 1;

    /// <summary>For items that are one statement.</summary>
    public static (string Sql, object?[] Parameters) Statement(IReadOnlyList<NewRetry> items) => (Enqueue, Parameters(items));

    public static EnqueuedRetry ReadAnswer(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetBoolean(1) ? EnqueueStatus.Created : EnqueueStatus.Duplicate);

    private static IEnumerable<IReadOnlyList<NewRetry>> Parts(IReadOnlyList<NewRetry> items)
    {
        var part = new List<NewRetry>(Math.Min(items.Count, ItemsPerStatement));
        var bytes = 0;
        foreach (var item in items)
        {
            var size = item.Payload.Length + (item.OriginalEvent?.Length ?? 0);
            if (part.Count > 0 && (part.Count == ItemsPerStatement || bytes + size > BytesPerStatement))
            {
                yield return part;
                part = [];
                bytes = 0;
            }

            part.Add(item);
            bytes += size;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private static object?[] Parameters(IReadOnlyList<NewRetry> items) =>
    [
        Each(items, item => item.Id),
        Each(items, item => item.OperationType),
        Each(items, item => item.Target),
        Utf8(Each(items, item => item.Payload.ToArray())),
        Each(items, item => item.Priority),
        Each(items, item => (long)item.Penalty.TotalMicroseconds),
        Texts(Each(items, item => item.CorrelationId)),
        Texts(Each(items, item => item.IdempotencyKey)),
        Texts(Each(items, item => item.GroupKey)),
        Each(items, item => ArrayLiteral(item.Tags)),
        Each(items, item => item.MaxRetries),
        Each(items, item => item.Timeout),
        Each(items, item => item.Delay),
        Utf8(Each(items, item => item.OriginalEvent?.ToArray())),
    ];

    private static T[] Each<T>(IReadOnlyList<NewRetry> items, Func<NewRetry, T> value)
    {
        var values = new T[items.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(items[i]);
        }

        return values;
    }

    private static NpgsqlParameter Texts(string?[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>A text that is UTF-8 already.</summary>
    public static NpgsqlParameter Utf8(ReadOnlyMemory<byte> text) => new() { Value = text.ToArray(), NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Utf8(byte[]?[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    // An array of arrays must be rectangular in PostgreSQL, so the tags of an item travel as one text.
    private static string ArrayLiteral(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return "{}";
        }

        var literal = new StringBuilder("{");
        foreach (var text in texts)
        {
            literal.Append(literal.Length > 1 ? ",\"" : "\"")
                .Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        return literal.Append('}').ToString();
    }
}

namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// Asks the component <c>sql</c> to execute one statement: <c>bus.RequestAsync("sql", "sql.query", request)</c> is answered with
/// <see cref="SqlRows"/>, <c>sql.exec</c> with <see cref="SqlChanges"/>. One that fails for want of the database is executed again later, unless
/// the request is marked no-retry: the statement must bear to be executed twice.
/// </summary>
/// <param name="Connection">A name from the settings (<c>HOLDFAST_SQL_CONNECTIONS</c>).</param>
/// <param name="Sql">One statement, with parameters in the notation of its database: <c>$1</c> or <c>@name</c>.</param>
public sealed record SqlRequest(string Connection, string Sql)
{
    /// <summary>Values in their order: null, booleans, numbers, text. Used when there are no names.</summary>
    public IReadOnlyList<object?> Parameters { get; init; } = [];

    /// <summary>Values by their names.</summary>
    public IReadOnlyDictionary<string, object?>? Named { get; init; }

    /// <summary>What it may take, waiting for a connection included. Default: 15 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What the operation is known by when it is executed again. Null: the correlation of the request.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Whether it can wait: it uses connections of its own then, and never those of what cannot. Default: no.</summary>
    public bool Background { get; init; }

    /// <summary>Rows that are read of a query. Default: 1,000, at most 10,000.</summary>
    public int RowsMax { get; init; } = 1_000;
}

/// <summary>Asks for several statements on one connection: <c>sql.batch</c>, answered with <see cref="SqlBatchResult"/>.</summary>
/// <param name="Connection">For all of them; what the operations name is not looked at.</param>
/// <param name="Operations">1 to 100, in their order.</param>
public sealed record SqlBatchRequest(string Connection, IReadOnlyList<SqlRequest> Operations)
{
    /// <summary>All or none, in one transaction. Off: each for itself, and one that fails does not stop the others. Default: on.</summary>
    public bool Atomic { get; init; } = true;

    /// <summary>What all may take together. Default: 15 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc cref="SqlRequest.CorrelationId"/>
    public string? CorrelationId { get; init; }

    /// <inheritdoc cref="SqlRequest.Background"/>
    public bool Background { get; init; }
}

/// <summary>What a query found.</summary>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Rows">Values as the database's driver has them.</param>
/// <param name="HasMore">There are more rows than were asked for.</param>
public sealed record SqlRows(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows, bool HasMore);

/// <summary>What a statement changed.</summary>
/// <param name="RowsAffected">Rows; 0 for statements that change none.</param>
public sealed record SqlChanges(long RowsAffected);

/// <summary>What became of a batch.</summary>
/// <param name="Results">A line for each operation, in their order.</param>
public sealed record SqlBatchResult(IReadOnlyList<SqlBatchLine> Results);

/// <summary>What became of one operation of a batch.</summary>
/// <param name="RowsAffected">Rows; 0 where it failed.</param>
/// <param name="Error">Why it failed; null: it did not.</param>
public sealed record SqlBatchLine(long RowsAffected, string? Error);

/// <summary>A request is refused before the database is asked: an unknown connection, or a statement that is not allowed.</summary>
/// <param name="errorClass"><c>not_found</c>, <c>forbidden</c> or <c>validation</c>.</param>
/// <param name="message">For people.</param>
public sealed class SqlRequestRefusedException(string errorClass, string message) : Exception(message)
{
    /// <summary><c>not_found</c>, <c>forbidden</c> or <c>validation</c>.</summary>
    public string ErrorClass { get; } = errorClass;
}

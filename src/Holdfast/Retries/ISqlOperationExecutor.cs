namespace Holdfast.Retries;

/// <summary>Executes a statement of <see cref="SqlOperationHandler"/> again. Belongs to a storage project: only those know SQL.</summary>
internal interface ISqlOperationExecutor
{
    /// <summary>Executes one statement in a transaction of its own; returns how many rows it changed.</summary>
    /// <exception cref="SqlOperationRefusedException">The database refuses the statement, and would again.</exception>
    /// <exception cref="SqlOperationFailedException">The database cannot execute it now.</exception>
    /// <exception cref="SqlOperationBusyException">Others use what there is to execute it with; nothing was attempted.</exception>
    /// <exception cref="Pipeline.StoreUnavailableException">The database is away.</exception>
    Task<long> ExecuteAsync(SqlOperation operation, CancellationToken cancellationToken);
}

/// <summary>A statement with its values.</summary>
/// <param name="Sql">One statement, with parameters in the notation of its database.</param>
/// <param name="Parameters">In their order. A name is empty where parameters are known by their place.</param>
internal sealed record SqlOperation(string Sql, IReadOnlyList<SqlValue> Parameters);

/// <summary>A value, as JSON has it: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, or <see cref="SqlJson"/>.</summary>
internal readonly record struct SqlValue(string Name, object? Value);

/// <summary>An object or an array, as its JSON text.</summary>
internal sealed record SqlJson(string Text);

/// <summary>A statement that the database refuses whenever it is asked: wrong SQL, a value that does not fit, a broken constraint.</summary>
/// <param name="code">The database's own code: an SQLSTATE, or a result code of SQLite.</param>
internal sealed class SqlOperationRefusedException(string code, string message, Exception? inner) : Exception($"{code}: {message}", inner);

/// <summary>A statement that the database could not execute now, but may at another time: a table or a right is missing.</summary>
/// <param name="code">The database's own code.</param>
internal sealed class SqlOperationFailedException(string code, string message, Exception? inner) : Exception($"{code}: {message}", inner);

/// <summary>A statement that has to wait: as many are being executed as may be at one time.</summary>
internal sealed class SqlOperationBusyException() : Exception("As many statements are being executed as may be at one time.");

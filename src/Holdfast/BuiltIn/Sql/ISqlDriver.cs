using Holdfast.Retries;

namespace Holdfast.BuiltIn.Sql;

/// <summary>One kind of database that connections can be made to. Belongs to a storage project: only those know SQL.</summary>
internal interface ISqlDriver
{
    /// <summary>Whether a connection string is one of its own.</summary>
    bool Takes(string connectionString);

    /// <summary>Why a connection string cannot be used, without its values; null: it can. Asks no server.</summary>
    string? FaultOf(string connectionString);

    /// <summary>Makes a pool without connecting.</summary>
    ISqlPool MakePool(string connectionString, SqlPoolOptions options);
}

/// <summary>How connections are kept.</summary>
/// <param name="Size">At most so many.</param>
/// <param name="Warm">So many stay open.</param>
/// <param name="Lifetime">An older one is closed when it comes back.</param>
/// <param name="KeepAlive">How often an idle one is tried.</param>
internal sealed record SqlPoolOptions(int Size, int Warm, TimeSpan Lifetime, TimeSpan KeepAlive);

/// <summary>Connections to one database. Whoever uses it sees to it that no more work at a time than there are connections.</summary>
internal interface ISqlPool : IAsyncDisposable
{
    /// <summary>Executes statements on one connection: several in one transaction, all or none.</summary>
    /// <exception cref="SqlOperationRefusedException">The database refuses a statement, and would again.</exception>
    /// <exception cref="SqlOperationFailedException">The database cannot execute it now.</exception>
    /// <exception cref="Pipeline.StoreUnavailableException">The database is away. With a time to wait: no connection could be made, and nothing was attempted.</exception>
    Task<IReadOnlyList<SqlRan>> RunAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken);

    /// <summary>Opens a connection, or takes one that is open, and asks whether anybody is there.</summary>
    /// <exception cref="Pipeline.StoreUnavailableException">Nobody is.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Forgets all connections: those in use are closed when they come back.</summary>
    void Clear();
}

/// <summary>A statement to be executed.</summary>
/// <param name="RowsMax">Rows to be read; 0: none.</param>
internal sealed record SqlStatement(SqlOperation Operation, int RowsMax);

/// <summary>What came of a statement.</summary>
internal sealed record SqlRan(SqlRows Rows, long RowsAffected);

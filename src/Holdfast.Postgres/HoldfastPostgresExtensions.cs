using Holdfast.BuiltIn.Sql;
using Holdfast.Postgres;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Sql;
using Holdfast.Postgres.Store;
using Holdfast.Sqlite.Sql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Holdfast;

/// <summary>Chooses the store on PostgreSQL.</summary>
public static class HoldfastPostgresExtensions
{
    /// <summary>
    /// Stores in PostgreSQL 15 or newer. The schemas <c>holdfast</c> and <c>monitoring</c> are made at the first connection; what is
    /// acknowledged while the database is away waits in the data directory (<c>HOLDFAST_DATA</c>).
    /// </summary>
    /// <param name="builder">What <c>AddHoldfast</c> returned.</param>
    /// <param name="connectionString"><c>Host=db;Database=holdfast;Username=...</c>, or <c>postgres://user:password@db/holdfast</c>.</param>
    /// <exception cref="FormatException">The connection string cannot be read. Whether a server answers is not asked here.</exception>
    public static HoldfastBuilder UsePostgres(this HoldfastBuilder builder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ConnectionSettings.Parse(connectionString);
        builder.Services.TryAddSingleton<IHoldfastStorage>(new PostgresStorage(new PostgresStoreOptions { ConnectionString = connectionString }));
        builder.Services.TryAddEnumerable([ServiceDescriptor.Singleton<ISqlDriver, SqliteSqlDriver>(), ServiceDescriptor.Singleton<ISqlDriver, PostgresSqlDriver>()]);
        return builder;
    }
}

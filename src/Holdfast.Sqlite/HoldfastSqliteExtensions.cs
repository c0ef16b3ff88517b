using Holdfast.BuiltIn.Sql;
using Holdfast.Sqlite;
using Holdfast.Sqlite.Sql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Holdfast;

/// <summary>Chooses the embedded store.</summary>
public static class HoldfastSqliteExtensions
{
    /// <summary>Stores in SQLite, in the data directory (<c>HOLDFAST_DATA</c>). Nothing else has to be installed.</summary>
    public static HoldfastBuilder UseSqlite(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<IHoldfastStorage, SqliteStorage>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ISqlDriver, SqliteSqlDriver>());
        return builder;
    }
}

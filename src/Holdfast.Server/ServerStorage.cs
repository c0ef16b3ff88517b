using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Postgres;
using Holdfast.Postgres.Store;
using Holdfast.Sqlite;
using Holdfast.Sqlite.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Server;

/// <summary>The storage that the settings name, for what works beside a server.</summary>
internal static class ServerStorage
{
    public static IHoldfastStorage Of(FlagManager flags) =>
        flags.GetString(FlagNames.Postgres) is { Length: > 0 } connection ? new PostgresStorage(new PostgresStoreOptions { ConnectionString = connection }) : new SqliteStorage();

    /// <summary>False: there is no place for keys, so there are none.</summary>
    public static bool HasKeys(FlagManager flags) =>
        flags.GetString(FlagNames.Postgres).Length > 0 || File.Exists(Path.Combine(flags.GetString(FlagNames.Data), SqliteKeyStore.FileName));

    public static IKeyStore OpenKeys(FlagManager flags, TimeProvider time) => Of(flags).CreateKeys(flags.GetString(FlagNames.Data), time, NullLoggerFactory.Instance);
}

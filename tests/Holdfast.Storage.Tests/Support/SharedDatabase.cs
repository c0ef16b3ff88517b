namespace Holdfast.Storage.Tests.Support;

/// <summary>A database that the tests of a class share; they run one after the other.</summary>
public abstract class SharedDatabase
{
    private readonly Lazy<Task<PostgresTestDatabase>> _database;

    private protected SharedDatabase(Func<Task<PostgresDatabases>> server) => _database = new(async () => await (await server()).MigratedAsync());

    internal Task<PostgresTestDatabase> GetAsync() => _database.Value;
}

/// <summary>On the oldest server.</summary>
public sealed class OldestSharedDatabase(PostgresServers servers) : SharedDatabase(servers.OldestAsync);

/// <summary>On the newest server.</summary>
public sealed class NewestSharedDatabase(PostgresServers servers) : SharedDatabase(servers.NewestAsync);

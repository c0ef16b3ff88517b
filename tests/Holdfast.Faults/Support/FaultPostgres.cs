using Holdfast.Faults.Support;
using Holdfast.Storage.Tests.Support;

[assembly: AssemblyFixture(typeof(FaultPostgres))]

namespace Holdfast.Faults.Support;

/// <summary>
/// The PostgreSQL servers of this run, each started when the first test asks for it. The faults come one after the other, so they share a
/// server, and each has a database and a login of its own.
/// </summary>
public sealed class FaultPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _oldest = new(() => PostgresServer.StartAsync(PostgresBinaries.Oldest, survivesKills: true));
    private readonly Lazy<Task<PostgresServer>> _newest = new(() => PostgresServer.StartAsync(PostgresBinaries.Newest, survivesKills: true));
    private int _made;

    /// <summary>A new database on the oldest supported server.</summary>
    internal async Task<FaultDatabase> DatabaseAsync()
    {
        PostgresBinaries.RequireOldest();
        return await MakeAsync(await _oldest.Value);
    }

    /// <summary>A new database on the newest supported server.</summary>
    internal async Task<FaultDatabase> NewestDatabaseAsync()
    {
        PostgresBinaries.RequireNewest();
        return await MakeAsync(await _newest.Value);
    }

    /// <summary>A login without a database on the oldest supported server.</summary>
    internal async Task<FaultDatabase> NoDatabaseAsync()
    {
        PostgresBinaries.RequireOldest();
        return await LoginAsync(await _oldest.Value);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in new[] { _oldest, _newest }.Where(server => server.IsValueCreated))
        {
            await (await started.Value).DisposeAsync();
        }
    }

    /// <summary>A new database on a server that a test has for itself.</summary>
    internal async Task<FaultDatabase> MakeAsync(PostgresServer server)
    {
        var database = await LoginAsync(server);
        await database.CreateAsync();
        return database;
    }

    private async Task<FaultDatabase> LoginAsync(PostgresServer server)
    {
        // A test that failed half-way may have left it down.
        await server.EnsureRunsAsync();
        var database = new FaultDatabase(server, $"fault{Interlocked.Increment(ref _made)}");
        await database.AdministerAsync($"CREATE ROLE {database.Name} LOGIN PASSWORD '{PostgresServer.Password}'");
        return database;
    }
}

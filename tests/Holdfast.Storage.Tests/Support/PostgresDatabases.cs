using Holdfast.Postgres.Store;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Databases on one server. Those with the product's schema are copies of one that was migrated once.</summary>
internal sealed class PostgresDatabases : IAsyncDisposable
{
    private const string Template = "holdfast_template";

    // Two copies at a time would find the template in use.
    private readonly SemaphoreSlim _copying = new(1);
    private int _made;

    private PostgresDatabases(PostgresServer server) => Server = server;

    public PostgresServer Server { get; }

    public static async Task<PostgresDatabases> CreateAsync(PostgresServer server)
    {
        var databases = new PostgresDatabases(server);
        var template = await databases.CreateAsync(Template, "template0");
        await using (var store = new PostgresTelemetryStore(
            new PostgresStoreOptions { ConnectionString = template.ConnectionString + ";Pooling=false" }, new ManualTimeProvider(Batches.Noon), NullLogger<PostgresTelemetryStore>.Instance))
        {
            await store.OpenAsync(CancellationToken.None);
        }

        // Tests of retention set their own clocks ahead, and the database's is not to be in their way.
        template.Execute("UPDATE holdfast.clock_shift SET shift = '10 years'");
        NpgsqlConnection.ClearAllPools();

        return databases;
    }

    /// <summary>With the product's schema in it.</summary>
    public Task<PostgresTestDatabase> MigratedAsync() => CreateAsync($"t{Interlocked.Increment(ref _made)}", Template);

    public Task<PostgresTestDatabase> EmptyAsync() => CreateAsync($"t{Interlocked.Increment(ref _made)}", "template0");

    public async ValueTask DisposeAsync()
    {
        _copying.Dispose();
        NpgsqlConnection.ClearAllPools();
        await Server.DisposeAsync();
    }

    private async Task<PostgresTestDatabase> CreateAsync(string name, string template)
    {
        await _copying.WaitAsync();
        try
        {
            await using var admin = new NpgsqlConnection(Server.ConnectionString("postgres") + ";Pooling=false");
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {template}", admin);
            await create.ExecuteNonQueryAsync();
            return new PostgresTestDatabase(Server, name);
        }
        finally
        {
            _copying.Release();
        }
    }
}

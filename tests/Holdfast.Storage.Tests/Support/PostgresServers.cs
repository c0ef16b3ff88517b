[assembly: AssemblyFixture(typeof(Holdfast.Storage.Tests.Support.PostgresServers))]

namespace Holdfast.Storage.Tests.Support;

/// <summary>The servers of this test run, each started when the first test asks for it: the oldest and the newest that are supported.</summary>
public sealed class PostgresServers : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresDatabases>> _oldest = new(() => StartAsync(PostgresBinaries.Oldest));
    private readonly Lazy<Task<PostgresDatabases>> _newest = new(() => StartAsync(PostgresBinaries.Newest));

    internal Task<PostgresDatabases> OldestAsync()
    {
        PostgresBinaries.RequireOldest();
        return _oldest.Value;
    }

    internal Task<PostgresDatabases> NewestAsync()
    {
        PostgresBinaries.RequireNewest();
        return _newest.Value;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in new[] { _oldest, _newest }.Where(server => server.IsValueCreated))
        {
            await (await started.Value).DisposeAsync();
        }
    }

    private static async Task<PostgresDatabases> StartAsync(string binaries) => await PostgresDatabases.CreateAsync(await PostgresServer.StartAsync(binaries));
}

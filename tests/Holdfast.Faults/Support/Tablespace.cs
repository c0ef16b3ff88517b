using Holdfast.Storage.Tests.Support;

namespace Holdfast.Faults.Support;

/// <summary>A database whose files stand in a directory of a test's choice.</summary>
internal sealed class Tablespace : IAsyncDisposable
{
    private readonly FaultDatabase _database;

    private Tablespace(FaultDatabase database) => _database = database;

    private string Name => $"of_{_database.Name}";

    /// <param name="database">It does not exist yet.</param>
    /// <param name="directory">It does not exist yet either.</param>
    public static async Task<Tablespace> MakeAsync(FaultDatabase database, string directory)
    {
        Directory.CreateDirectory(directory);
        await PostgresServer.GiveAwayAsync(directory);
        var tablespace = new Tablespace(database);
        await database.AdministerAsync($"CREATE TABLESPACE {tablespace.Name} LOCATION '{directory}'");
        await database.CreateAsync(tablespace.Name);
        return tablespace;
    }

    /// <summary>With all that is in it: a file that is open would keep its disk busy.</summary>
    public async ValueTask DisposeAsync()
    {
        await _database.AdministerAsync($"DROP DATABASE {_database.Name} WITH (FORCE)");
        await _database.AdministerAsync($"DROP TABLESPACE {Name}");
    }
}

using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Store;

/// <summary>The schema that this program works with. Whoever opens a store brings the database to it first.</summary>
internal sealed class PostgresSchema(
    PostgresDatabase database, IReadOnlyList<Migration> migrations, TimeSpan questionTimeMax, TimeProvider time, ILogger log)
{
    /// <summary>The program's own migrations.</summary>
    public static IReadOnlyList<Migration> Known { get; } =
        Migration.FromResources(typeof(PostgresSchema).Assembly, "Holdfast.Postgres.Migrations.");

    public int Version => migrations.Count;

    /// <summary>Applies what is missing. How long a migration takes nobody can know; whether there is one to apply is a short question.</summary>
    /// <exception cref="StoreUnavailableException">The database and this program do not belong together, or the database is not to be had.</exception>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await database.RunAsync(
                questionTimeMax, (connection, token) => PostgresMigrations.AnyMissingAsync(connection, migrations, token), cancellationToken))
            {
                await ApplyAsync(cancellationToken);
            }
        }
        catch (MigrationException fault)
        {
            throw database.Faults.WrongSchema(fault);
        }
    }

    private async ValueTask ApplyAsync(CancellationToken cancellationToken)
    {
        var applied = await database.RunAsync(
            Timeout.InfiniteTimeSpan, (connection, token) => PostgresMigrations.ApplyAsync(connection, migrations, time.GetUtcNow(), token), cancellationToken);
        foreach (var migration in applied)
        {
            StoreLog.MigrationApplied(log, migration.Number, migration.Name, database.Settings.Database, database.Settings.Server);
        }
    }
}

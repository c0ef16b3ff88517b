using Holdfast.Storage;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// Brings the schema of a database up to date: each missing migration in a transaction of its own, recorded in it, under one advisory lock,
/// so that nodes that start together do not get into each other's way. Where nothing is missing nothing is written, and no right to is needed.
/// </summary>
internal static class PostgresMigrations
{
    public const string Lock = "SELECT pg_advisory_xact_lock(hashtextextended('holdfast.migrations', 0))";

    // Asked of the catalog's rows: to_regclass answers from a cache, which does not notice what another node made while this one waited
    // for the lock.
    private const string IsNew = "SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'holdfast' AND tablename = 'migrations')";

    public const string Prepare =
        """
        CREATE SCHEMA IF NOT EXISTS holdfast;
        CREATE TABLE IF NOT EXISTS holdfast.migrations (
          number     integer     PRIMARY KEY,
          name       text        NOT NULL,
          checksum   text        NOT NULL,
          applied_at timestamptz NOT NULL
        )
        """;

    private const string Insert = "INSERT INTO holdfast.migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

    /// <summary>Whether the database lacks one of them.</summary>
    /// <exception cref="MigrationException">The database and this program do not belong together.</exception>
    public static async ValueTask<bool> AnyMissingAsync(NpgsqlConnection connection, IReadOnlyList<Migration> known, CancellationToken cancellationToken) =>
        MigrationPlan.Missing(known, await ReadAppliedAsync(connection, cancellationToken)).Count > 0;

    /// <summary>Applies what is missing and returns it. Harmless when repeated.</summary>
    /// <exception cref="MigrationException">The database and this program do not belong together; nothing was changed.</exception>
    public static async ValueTask<IReadOnlyList<Migration>> ApplyAsync(
        NpgsqlConnection connection, IReadOnlyList<Migration> known, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var applied = new List<Migration>();
        while (await AnyMissingAsync(connection, known, cancellationToken))
        {
            if (await ApplyNextAsync(connection, known, now, cancellationToken) is { } next)
            {
                applied.Add(next);
            }
        }

        return applied;
    }

    /// <summary>The next one, judged again under the lock; null when another node was faster.</summary>
    private static async ValueTask<Migration?> ApplyNextAsync(
        NpgsqlConnection connection, IReadOnlyList<Migration> known, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(Lock, cancellationToken);
        var missing = MigrationPlan.Missing(known, await ReadAppliedAsync(connection, cancellationToken));
        if (missing.Count == 0)
        {
            return null;
        }

        var next = missing[0];
        if (next.Number == 1)
        {
            await connection.ExecuteAsync(Prepare, cancellationToken);
        }

        await connection.ExecuteAsync(next.Sql, cancellationToken);
        await connection.ExecuteAsync(Insert, cancellationToken, next.Number, next.Name, next.Checksum, now.ToUniversalTime());
        await transaction.CommitAsync(cancellationToken);
        return next;
    }

    private static async ValueTask<List<AppliedMigration>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>(IsNew, cancellationToken)
            ? []
            : await connection.QueryAsync(
                "SELECT number, name, checksum FROM holdfast.migrations ORDER BY number",
                row => new AppliedMigration(row.GetInt32(0), row.GetString(1), row.GetString(2)),
                cancellationToken);
}

using Holdfast.Storage;

namespace Holdfast.Sqlite.Native;

/// <summary>Brings the schema of a SQLite file up to date: each missing migration in a transaction of its own, recorded in it.</summary>
internal static class SqliteMigrations
{
    /// <summary>Applies what is missing and returns it. Harmless when repeated.</summary>
    /// <exception cref="MigrationException">The file and this program do not belong together; nothing was changed.</exception>
    public static IReadOnlyList<Migration> Apply(SqliteDatabase database, IReadOnlyList<Migration> known, DateTimeOffset now)
    {
        database.Execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
              number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
            ) STRICT
            """);
        var missing = MigrationPlan.Missing(known, ReadApplied(database));
        foreach (var migration in missing)
        {
            ApplyOne(database, migration, now);
        }

        return missing;
    }

    private static List<AppliedMigration> ReadApplied(SqliteDatabase database)
    {
        var applied = new List<AppliedMigration>();
        using var rows = database.Prepare("SELECT number, name, checksum FROM migrations ORDER BY number");
        while (rows.Step())
        {
            applied.Add(new AppliedMigration((int)rows.Int64(0), rows.Text(1), rows.Text(2)));
        }

        return applied;
    }

    private static void ApplyOne(SqliteDatabase database, Migration migration, DateTimeOffset now)
    {
        using var transaction = database.BeginWrite();
        database.Execute(migration.Sql);
        database.Prepare("INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
            .Bind(1, migration.Number).Bind(2, migration.Name).Bind(3, migration.Checksum).Bind(4, UnixMicroseconds.From(now)).Run();
        transaction.Commit();
    }
}

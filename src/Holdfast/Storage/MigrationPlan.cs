namespace Holdfast.Storage;

/// <summary>Which migrations are still to be applied. Pure: every database asks it before it touches anything.</summary>
internal static class MigrationPlan
{
    /// <summary>The steps that are missing, in order.</summary>
    /// <exception cref="MigrationException">
    /// The database is newer than this program, an applied step was edited afterwards, or the numbers have a hole.
    /// </exception>
    public static IReadOnlyList<Migration> Missing(IReadOnlyList<Migration> known, IReadOnlyList<AppliedMigration> applied)
    {
        RequireWithoutHoles([.. known.Select(m => m.Number)], "This program's migrations");
        RequireWithoutHoles([.. applied.Select(m => m.Number)], "The migrations applied to the database");
        if (applied.Count > known.Count)
        {
            throw new MigrationException(
                $"The database has schema version {applied.Count}, this program knows {known.Count}: it was used by a newer version. Start that version, or restore a backup made before it.");
        }

        foreach (var (was, now) in applied.Zip(known))
        {
            RequireUnchanged(was, now);
        }

        return [.. known.Skip(applied.Count)];
    }

    private static void RequireWithoutHoles(IReadOnlyList<int> numbers, string whose)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            if (numbers[i] != i + 1)
            {
                throw new MigrationException($"{whose} must be numbered 1, 2, 3 and so on; number {i + 1} is missing or comes twice.");
            }
        }
    }

    private static void RequireUnchanged(AppliedMigration was, Migration now)
    {
        if (was.Checksum != now.Checksum)
        {
            throw new MigrationException(
                $"Migration {was.Number} ({was.Name}) was applied with checksum {was.Checksum}, this program has {now.Checksum}: one of the two was edited. Start the version that made this database, or restore a backup.");
        }
    }
}

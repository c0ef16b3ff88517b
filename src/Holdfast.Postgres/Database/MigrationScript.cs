using System.Globalization;
using System.Text;
using Holdfast.Postgres.Store;
using Holdfast.Storage;

namespace Holdfast.Postgres.Database;

/// <summary>
/// The migrations as SQL that <c>psql</c> takes: what the server does by itself, one transaction each, recorded as it records them. One that was
/// applied before stops the script and changes nothing.
/// </summary>
internal static class MigrationScript
{
    /// <param name="from">Those with a higher number.</param>
    public static string Write(int from)
    {
        var script = new StringBuilder();
        var wanted = PostgresSchema.Known.Where(migration => migration.Number > from).ToList();
        script.Append(CultureInfo.InvariantCulture, $"-- {wanted.Count} of {PostgresSchema.Known.Count} migrations of Holdfast. psql --set ON_ERROR_STOP=1 --file this-file\n");
        foreach (var migration in wanted)
        {
            Append(script, migration);
        }

        return script.ToString();
    }

    private static void Append(StringBuilder script, Migration migration) => script.Append(
        CultureInfo.InvariantCulture,
        $"""

        -- {migration.Number}: {migration.Name}
        BEGIN;
        {PostgresMigrations.Lock};
        {(migration.Number == 1 ? $"{PostgresMigrations.Prepare};\n" : "")}DO $holdfast$
        BEGIN
          IF (SELECT coalesce(max(number), 0) FROM holdfast.migrations) <> {migration.Number - 1} THEN
            RAISE EXCEPTION 'The database has migration %, this is {migration.Number}.', (SELECT coalesce(max(number), 0) FROM holdfast.migrations)
              USING HINT = 'migrate --script --from N writes those after number N.';
          END IF;
        END
        $holdfast$;
        {migration.Sql.TrimEnd().TrimEnd(';')};
        INSERT INTO holdfast.migrations (number, name, checksum, applied_at) VALUES ({migration.Number}, '{migration.Name}', '{migration.Checksum}', now());
        COMMIT;

        """);
}

using System.Globalization;
using Holdfast.Postgres.Database;

namespace Holdfast.Server;

/// <summary>
/// <c>migrate --script [--from N]</c>: the migrations of PostgreSQL as SQL, for a database whose schema somebody else makes. Needs neither
/// server nor database. Exit codes: 0 done, 78 wrong words.
/// </summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(string[] words, TextWriter output, TextWriter errors)
    {
        if (FromOf(words) is not { } from)
        {
            await errors.WriteLineAsync(
                """
                'migrate --script' writes all migrations as SQL, 'migrate --script --from 12' those after number 12. A server applies what is missing
                by itself when its login may; the script is for a database where somebody else does that: psql --set ON_ERROR_STOP=1 --file script.sql
                """);
            return ExitCodes.Configuration;
        }

        await output.WriteAsync(MigrationScript.Write(from));
        return ExitCodes.Clean;
    }

    private static int? FromOf(string[] words) => words switch
    {
        ["--script"] => 0,
        ["--script", "--from", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var from) => from,
        _ => null,
    };
}

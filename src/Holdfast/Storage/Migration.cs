using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Storage;

/// <summary>
/// One numbered step of a schema. Its text never changes once it was released: the checksum of what was applied is kept in the
/// database and compared at every start.
/// </summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the text in lower-case hex; line ends count as LF, so that a checkout's settings do not matter.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The embedded <c>NNN_name.sql</c> files whose resource name starts with the prefix, in order of their numbers.</summary>
    public static IReadOnlyList<Migration> FromResources(Assembly assembly, string prefix) =>
        [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => Parse(name[prefix.Length..], ReadText(assembly, name)))
            .OrderBy(migration => migration.Number)];

    private static Migration Parse(string fileName, string sql)
    {
        var title = Path.GetFileNameWithoutExtension(fileName).Split('_', 2);
        return title.Length == 2 && int.TryParse(title[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Migration(number, title[1], sql)
            : throw new MigrationException($"The migration {fileName} is not named NNN_name.sql.");
    }

    private static string ReadText(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>What a database says was applied to it.</summary>
internal sealed record AppliedMigration(int Number, string Name, string Checksum);

/// <summary>A schema and this program do not belong together. The message says what to do; nothing was changed.</summary>
internal sealed class MigrationException(string message) : Exception(message);

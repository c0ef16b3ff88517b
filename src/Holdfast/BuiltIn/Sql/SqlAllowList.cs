namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// Which statements may be executed: exact ones, and beginnings that end with <c>*</c>. Blanks count as one, case does not count. A statement
/// that is allowed by its beginning may not have another one behind it. Pure.
/// </summary>
internal sealed class SqlAllowList(IReadOnlyList<string> entries)
{
    private readonly string[] _exact = [.. entries.Where(entry => !entry.EndsWith('*')).Select(Plain)];
    private readonly string[] _beginnings = [.. entries.Where(entry => entry.EndsWith('*')).Select(entry => Plain(entry[..^1]))];

    /// <summary>Without any entry everything is allowed.</summary>
    public bool Allows(string sql)
    {
        var plain = Plain(sql);
        return entries.Count == 0
            || _exact.Contains(plain, StringComparer.OrdinalIgnoreCase)
            || (!plain.Contains(';', StringComparison.Ordinal) && _beginnings.Any(beginning => plain.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Plain(string sql) => string.Join(' ', sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd(';').TrimEnd();
}

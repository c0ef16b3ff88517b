namespace Holdfast.Sqlite.Store;

/// <summary>Patterns for LIKE, with the backslash as escape.</summary>
internal static class Like
{
    /// <summary>Whatever contains the text as it stands.</summary>
    public static string Literally(string text) => "%" + text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal) + "%";
}

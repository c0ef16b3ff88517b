using System.Globalization;

namespace Holdfast.Postgres.Database;

/// <summary>Reads which row of a COPY an error is about.</summary>
internal static class CopyContext
{
    /// <summary>
    /// The row's number from 1; null when the context does not say. The context is a text in the server's language (<c>COPY samples, line 7</c>,
    /// <c>COPY samples, Zeile 7</c>), so only what every language has is looked at: the word COPY, the relation, and the first number behind it.
    /// </summary>
    /// <param name="where">The error's context; other lines may come first, of a function or of JSON, with line numbers of their own.</param>
    /// <param name="relation">The bare name of what was copied into.</param>
    public static int? LineOf(string? where, string relation)
    {
        foreach (var line in (where ?? "").Split('\n'))
        {
            var at = line.IndexOf(relation, StringComparison.Ordinal);
            if (at >= 0 && line.Contains("COPY", StringComparison.Ordinal) && FirstNumber(line.AsSpan(at + relation.Length)) is { } number)
            {
                return number;
            }
        }

        return null;
    }

    private static int? FirstNumber(ReadOnlySpan<char> text)
    {
        var start = text.IndexOfAnyInRange('0', '9');
        if (start < 0)
        {
            return null;
        }

        text = text[start..];
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
    }
}

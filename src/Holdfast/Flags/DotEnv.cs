namespace Holdfast.Flags;

/// <summary>The lines of an <c>.env</c> file: <c>KEY=VALUE</c>, optional <c>export</c>, optional quotes, <c>#</c> starts a comment line.</summary>
internal static class DotEnv
{
    /// <summary>One line that says something; the key is null where the line is none of the forms.</summary>
    public readonly record struct Line(int Number, string? Key, string Value);

    public static IEnumerable<Line> Parse(string text)
    {
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                yield return ParseLine(number, line);
            }
        }
    }

    private static Line ParseLine(int number, string line)
    {
        const string export = "export ";
        var assignment = line.StartsWith(export, StringComparison.Ordinal) ? line[export.Length..] : line;
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? "" : assignment[..equals].Trim();
        return key.Length > 0 && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
            ? new Line(number, key, Unquote(assignment[(equals + 1)..].Trim()))
            : new Line(number, null, "");
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;
}

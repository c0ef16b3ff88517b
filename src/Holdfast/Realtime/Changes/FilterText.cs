using System.Text;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// Reads filters: conditions with commas between them, all of which must hold. A comma within parentheses or quotes belongs to a value.
/// </summary>
internal static class FilterText
{
    /// <summary>Characters that a filter may have.</summary>
    public const int CharsMax = 2_048;

    /// <summary>Conditions that a filter may have.</summary>
    public const int ConditionsMax = 20;

    private const string Not = "not.";

    private static readonly Dictionary<string, FilterOperator> Operators = Enum.GetValues<FilterOperator>().ToDictionary(NameOf, StringComparer.Ordinal);

    public static string NameOf(FilterOperator of) => of.ToString().ToLowerInvariant();

    public static FilterParse Parse(string filter)
    {
        if (filter.Length > CharsMax)
        {
            return new FilterParse([], $"a filter has at most {CharsMax} characters");
        }

        var trimmed = filter.Trim();
        var segments = trimmed.Length == 0 ? [] : Split(trimmed);
        if (segments.Count > ConditionsMax)
        {
            return new FilterParse([], $"a filter has at most {ConditionsMax} conditions");
        }

        var conditions = new List<FilterCondition>(segments.Count);
        foreach (var segment in segments)
        {
            if (ParseCondition(segment.Trim(), out var condition) is { } fault)
            {
                return new FilterParse([], fault);
            }

            conditions.Add(condition!);
        }

        return new FilterParse(conditions, null);
    }

    /// <summary>The values of <c>in.(a,b,"c,d")</c>; null among them: the word NULL without quotes. Null: it is no such list.</summary>
    public static IReadOnlyList<string?>? Values(string list)
    {
        if (list is not ['(', .., ')'])
        {
            return null;
        }

        if (list.Length == 2)
        {
            return [];
        }

        var values = new List<string?>();
        var at = 1;
        while (true)
        {
            var value = ReadValue(list, ref at);
            if (value is null)
            {
                return null;
            }

            values.Add(value == "NULL" && list[at - 1] != '"' ? null : value);
            if (at == list.Length - 1)
            {
                return values;
            }

            at++; // the comma
        }
    }

    public static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string? ParseCondition(string segment, out FilterCondition? condition)
    {
        condition = null;
        if (segment.Length == 0)
        {
            return "filter must not contain empty segments (check for extra commas)";
        }

        if (segment.Split('=', 2) is not [var column, var rest])
        {
            return $"[{Quote(segment)}]";
        }

        var negated = rest.StartsWith(Not, StringComparison.Ordinal);
        rest = negated ? rest[Not.Length..] : rest;
        if (rest.Split('.', 2) is not [var name, var value])
        {
            return $"[{Quote(rest)}]";
        }

        if (!Operators.TryGetValue(name, out var of))
        {
            return $"[{Quote(name)}, {Quote(value)}]";
        }

        if (of == FilterOperator.In && value is not ['(', .., ')'])
        {
            return "`in` filter value must be wrapped by parentheses";
        }

        condition = new FilterCondition(column, of, of == FilterOperator.In ? value : Unquote(value), negated);
        return null;
    }

    private static List<string> Split(string filter)
    {
        var segments = new List<string>();
        var (start, depth, quoted) = (0, 0, false);
        for (var at = 0; at < filter.Length; at++)
        {
            switch (filter[at])
            {
                case '\\' when quoted:
                    at++;
                    break;
                case '"' when quoted:
                    quoted = false;
                    break;
                case '"' when at > start && filter[at - 1] is '.' or '(' or ',':
                    quoted = true; // elsewhere a quote is a letter like any other
                    break;
                case '(' when !quoted:
                    depth++;
                    break;
                case ')' when !quoted:
                    depth = Math.Max(0, depth - 1);
                    break;
                case ',' when !quoted && depth == 0:
                    segments.Add(filter[start..at]);
                    start = at + 1;
                    break;
            }
        }

        segments.Add(filter[start..]);
        return segments;
    }

    /// <summary>A value in quotes without them; one whose quotes do not close at its end stays as it is.</summary>
    private static string Unquote(string value)
    {
        if (value is not ['"', ..])
        {
            return value;
        }

        var text = new StringBuilder(value.Length);
        for (var at = 1; at < value.Length; at++)
        {
            if (value[at] == '"')
            {
                return at == value.Length - 1 ? text.ToString() : value;
            }

            if (value[at] == '\\' && at + 1 < value.Length)
            {
                at++;
            }

            text.Append(value[at]);
        }

        return value;
    }

    /// <summary>Reads up to the comma or the closing parenthesis; null: a quote does not close where the value ends.</summary>
    private static string? ReadValue(string list, ref int at)
    {
        var text = new StringBuilder();
        var quoted = list[at] == '"';
        at += quoted ? 1 : 0;
        for (; at < list.Length - 1; at++)
        {
            var letter = list[at];
            if (letter == '\\' && at + 1 < list.Length - 1)
            {
                text.Append(list[++at]);
            }
            else if (quoted && letter == '"')
            {
                at++;
                return at == list.Length - 1 || list[at] == ',' ? text.ToString() : null;
            }
            else if (!quoted && letter == ',')
            {
                break;
            }
            else
            {
                text.Append(letter);
            }
        }

        return quoted ? null : text.ToString();
    }
}

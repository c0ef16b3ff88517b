using System.Text;

namespace Holdfast.BuiltIn.Commands;

/// <summary>A line of text with the prefix, as people write it: <c>!retry show "an id"</c>. Pure.</summary>
internal static class CommandLineText
{
    public const char Prefix = '!';

    /// <summary>The words after the prefix, the name of the command first; null: it is no command.</summary>
    public static IReadOnlyList<string>? Read(string line)
    {
        var text = line.AsSpan().Trim();
        return text.Length > 1 && text[0] == Prefix && !char.IsWhiteSpace(text[1]) ? Words(text[1..]) : null;
    }

    // Words are separated by white space; quotes hold one together, and one that is never closed reaches to the end of the line.
    private static List<string> Words(ReadOnlySpan<char> text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quoted, begun) = (false, false);
        foreach (var c in text)
        {
            if (c == '"')
            {
                (quoted, begun) = (!quoted, true);
            }
            else if (quoted || !char.IsWhiteSpace(c))
            {
                word.Append(c);
                begun = true;
            }
            else if (begun)
            {
                words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
        }

        if (begun)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}

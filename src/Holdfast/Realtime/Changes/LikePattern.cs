using System.Text;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// A pattern of SQL's LIKE: <c>%</c> is anything, <c>_</c> is one character, a backslash takes the next one as it is. Matching goes back to
/// the last <c>%</c> only, so a text costs at most its length times the pattern's.
/// </summary>
internal sealed class LikePattern
{
    private readonly (Rune Letter, Kind Kind)[] _parts;
    private readonly bool _ignoreCase;

    public LikePattern(string pattern, bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
        _parts = [.. Parts(pattern)];
    }

    private enum Kind
    {
        Letter,
        One,
        Any,
    }

    public bool Matches(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var (at, part, anyPart, anyAt) = (0, 0, -1, 0);
        while (at < runes.Length)
        {
            if (part < _parts.Length && _parts[part].Kind == Kind.Any)
            {
                (anyPart, anyAt) = (part++, at);
            }
            else if (part < _parts.Length && (_parts[part].Kind == Kind.One || Fold(runes[at]) == _parts[part].Letter))
            {
                (at, part) = (at + 1, part + 1);
            }
            else if (anyPart >= 0)
            {
                (at, part) = (++anyAt, anyPart + 1);
            }
            else
            {
                return false;
            }
        }

        return _parts.Skip(part).All(rest => rest.Kind == Kind.Any);
    }

    private IEnumerable<(Rune Letter, Kind Kind)> Parts(string pattern)
    {
        var escaped = false;
        foreach (var rune in pattern.EnumerateRunes())
        {
            if (!escaped && rune.Value == '\\')
            {
                escaped = true;
                continue;
            }

            yield return (Fold(rune), escaped ? Kind.Letter : rune.Value switch { '%' => Kind.Any, '_' => Kind.One, _ => Kind.Letter });
            escaped = false;
        }
    }

    private Rune Fold(Rune letter) => _ignoreCase ? Rune.ToLowerInvariant(letter) : letter;
}

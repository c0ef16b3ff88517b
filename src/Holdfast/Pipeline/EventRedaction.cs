using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>
/// Masks members of events before anything is made durable, so that what must not be kept never reaches a disk, a watcher or a backup. A rule
/// is a name, or the last names of a path with dots (<c>card.number</c>); case does not matter, and a list on the way does not count. Immutable.
/// </summary>
internal sealed class EventRedaction
{
    public const string Mask = "***";

    private static readonly byte[] MaskJson = "\"***\""u8.ToArray();

    // The rules are asked for with each request and change hardly ever.
    private static volatile EventRedaction _last = new("");

    private readonly string _text;
    private readonly string[][] _rules;

    private EventRedaction(string text)
    {
        _text = text;
        _rules = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(rule => rule.Split('.'))];
    }

    /// <summary>The rules of a setting; null: there are none.</summary>
    public static EventRedaction? Of(string text)
    {
        if (_last._text != text)
        {
            _last = new EventRedaction(text);
        }

        return _last._rules.Length == 0 ? null : _last;
    }

    /// <summary>What is wrong with the rules; null: nothing.</summary>
    public static string? FaultOf(string text) =>
        new EventRedaction(text)._rules.All(rule => rule.All(name => name.Length is > 0 and <= 100)) ? null : "must be a list with commas of names, or of the last names of a path with dots: password,card.number";

    /// <summary>The object with its members masked; null where there is none to mask.</summary>
    /// <param name="json">A JSON object without blanks; the result is one too, in the same order.</param>
    public byte[]? Apply(ReadOnlySpan<byte> json) => Find(json) is { Count: > 0 } found ? Cover(json, found) : null;

    private List<Range> Find(ReadOnlySpan<byte> json)
    {
        var found = new List<Range>();
        var path = new List<string>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            // Names on the way to here: those of the objects that are still open. A list opens a level without a name.
            Extend(path, reader.CurrentDepth, reader.GetString()!);
            if (IsMeant(path))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                found.Add(start..(int)reader.BytesConsumed);
            }
        }

        return found;
    }

    private static void Extend(List<string> path, int depth, string name)
    {
        path.RemoveRange(Math.Min(depth - 1, path.Count), Math.Max(0, path.Count - (depth - 1)));
        while (path.Count < depth - 1)
        {
            path.Add("");
        }

        path.Add(name);
    }

    private bool IsMeant(List<string> path)
    {
        foreach (var rule in _rules)
        {
            var at = path.Count;
            var left = rule.Length;
            while (left > 0 && at > 0 && (path[at - 1].Length == 0 || path[at - 1].Equals(rule[left - 1], StringComparison.OrdinalIgnoreCase)))
            {
                left -= path[--at].Length == 0 ? 0 : 1;
            }

            if (left == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Cover(ReadOnlySpan<byte> json, List<Range> found)
    {
        using var covered = new PooledBuffer(json.Length);
        var from = 0;
        foreach (var value in found)
        {
            covered.Append(json[from..value.Start.Value]);
            covered.Append(MaskJson);
            from = value.End.Value;
        }

        covered.Append(json[from..]);
        return covered.Slice(0, covered.Length).ToArray();
    }
}

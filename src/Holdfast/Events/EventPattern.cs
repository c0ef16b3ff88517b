namespace Holdfast.Events;

/// <summary>
/// Which event types a subscriber means: <c>*</c> stands for any run of characters, none and dots included, everything else for itself.
/// Pure.
/// </summary>
internal sealed class EventPattern
{
    public const int CharactersMax = 255;

    // What stands between the stars. The first must begin the type and the last must end it; those between are looked for in their order.
    private readonly string[] _pieces;

    public EventPattern(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, CharactersMax, nameof(text));
        Text = text;
        _pieces = text.Split('*');
    }

    public string Text { get; }

    /// <summary>There is no star in it: it means one type.</summary>
    public bool IsExact => _pieces.Length == 1;

    /// <summary>A piece is best taken where it first occurs: that leaves the most to the pieces after it, so nothing is ever tried twice.</summary>
    public bool Matches(ReadOnlySpan<char> type)
    {
        if (IsExact)
        {
            return type.SequenceEqual(Text);
        }

        var (first, last) = (_pieces[0], _pieces[^1]);
        if (type.Length < first.Length + last.Length || !type.StartsWith(first, StringComparison.Ordinal) || !type.EndsWith(last, StringComparison.Ordinal))
        {
            return false;
        }

        return ContainsInOrder(type[first.Length..^last.Length], _pieces.AsSpan(1, _pieces.Length - 2));
    }

    public override string ToString() => Text;

    private static bool ContainsInOrder(ReadOnlySpan<char> text, ReadOnlySpan<string> pieces)
    {
        foreach (var piece in pieces)
        {
            var at = text.IndexOf(piece, StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            text = text[(at + piece.Length)..];
        }

        return true;
    }
}

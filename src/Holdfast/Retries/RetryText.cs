using System.Text;

namespace Holdfast.Retries;

/// <summary>What texts may be, so that every store can keep them: PostgreSQL has no place for NUL, and nobody for half a surrogate pair.</summary>
internal static class RetryText
{
    private const char Replacement = '\uFFFD';

    /// <summary>What makes the text impossible to store; null when nothing does.</summary>
    public static string? FaultIn(string text) =>
        text.Contains('\0', StringComparison.Ordinal) ? "It has a NUL character, which cannot be stored."
        : HasBrokenPair(text) ? "It has half of a surrogate pair."
        : null;

    /// <summary>The text as it can be stored: without what cannot be, and of at most so many bytes in UTF-8.</summary>
    public static string Clean(string text, int bytesMax)
    {
        // A char has at least one byte: what is cut here would be cut anyhow, and a message may be of any length.
        var head = text.Length <= bytesMax ? text : text[..bytesMax];
        var clean = HasBrokenPair(head) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(head)) : head;
        return Cut(clean.Replace('\0', Replacement), bytesMax);
    }

    private static string Cut(string text, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax)
        {
            return text;
        }

        var bytes = 0;
        var chars = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > bytesMax)
            {
                break;
            }

            chars += rune.Utf16SequenceLength;
        }

        return text[..chars];
    }

    private static bool HasBrokenPair(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return true;
            }
        }

        return false;
    }
}

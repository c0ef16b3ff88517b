using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// Regular expressions of clients. They come from whoever may read, so they run on the machine that takes time in proportion to the text,
/// and what would make that machine large is refused: it is built from every repetition written out.
/// </summary>
internal static partial class RowPattern
{
    /// <summary>Characters that a pattern may have.</summary>
    public const int CharsMax = 200;

    /// <summary>Repetitions that a pattern may have, those in each other multiplied.</summary>
    public const int RepetitionsMax = 1_000;

    // A second guard: what is refused above should never come near it.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>What is wrong with a pattern; null: nothing.</summary>
    public static string? FaultOf(string pattern)
    {
        if (pattern.Length > CharsMax)
        {
            return $"at most {CharsMax} characters";
        }

        if (Repetitions(pattern) > RepetitionsMax)
        {
            return $"at most {RepetitionsMax} repetitions";
        }

        try
        {
            _ = Make(pattern, ignoreCase: false);
            return null;
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            return fault is ArgumentException ? "it cannot be read" : "it looks ahead or back, which is not supported";
        }
    }

    public static Regex Make(string pattern, bool ignoreCase) => new(
        pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None), Patience);

    /// <summary>Whether a text matches; one that takes too long does not.</summary>
    public static bool Matches(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static double Repetitions(string pattern)
    {
        var product = 1.0;
        foreach (Match count in Counted().Matches(pattern))
        {
            var digits = count.Groups["most"] is { Length: > 0 } most ? most : count.Groups["least"];
            product *= Math.Max(1, double.Parse(digits.ValueSpan, CultureInfo.InvariantCulture));
        }

        return product;
    }

    [GeneratedRegex(@"\{(?<least>[0-9]+)(,(?<most>[0-9]*))?\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Counted();
}

using System.Globalization;

namespace Holdfast.Flags.Rules;

/// <summary>A version of semver.org: <c>2.1.0</c>, <c>2.1.0-rc.1</c>. A leading <c>v</c> and what comes after <c>+</c> do not count.</summary>
internal sealed record SemanticVersion(ulong Major, ulong Minor, ulong Patch, IReadOnlyList<string> PreRelease)
{
    private const int LengthMax = 256;

    public static SemanticVersion? Parse(string? text)
    {
        if (text is null or { Length: > LengthMax })
        {
            return null;
        }

        var parts = text.TrimStart('v', 'V').Split('+')[0].Split('-', 2);
        var numbers = parts[0].Split('.');
        return numbers.Length == 3 && Number(numbers[0]) is { } major && Number(numbers[1]) is { } minor && Number(numbers[2]) is { } patch
            ? new SemanticVersion(major, minor, patch, parts.Length == 2 ? parts[1].Split('.') : [])
            : null;
    }

    /// <summary>Below 0 when the left one comes first, above 0 when the right one does.</summary>
    public static int Compare(SemanticVersion left, SemanticVersion right)
    {
        var byNumbers = (left.Major, left.Minor, left.Patch).CompareTo((right.Major, right.Minor, right.Patch));
        return byNumbers != 0 ? byNumbers : ComparePreRelease(left.PreRelease, right.PreRelease);
    }

    /// <summary>A release comes after everything that led to it.</summary>
    private static int ComparePreRelease(IReadOnlyList<string> left, IReadOnlyList<string> right)
    {
        if (left.Count == 0 || right.Count == 0)
        {
            return right.Count.CompareTo(left.Count);
        }

        var first = left.Zip(right, CompareIdentifier).FirstOrDefault(order => order != 0);
        return first != 0 ? first : left.Count.CompareTo(right.Count);
    }

    private static int CompareIdentifier(string left, string right) => (Number(left), Number(right)) switch
    {
        ({ } one, { } other) => one.CompareTo(other),
        ({ }, null) => -1,
        (null, { }) => 1,
        _ => string.CompareOrdinal(left, right),
    };

    private static ulong? Number(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

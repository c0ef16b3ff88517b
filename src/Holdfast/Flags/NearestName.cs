namespace Holdfast.Flags;

/// <summary>The name that was probably meant by one that is not known.</summary>
internal static class NearestName
{
    /// <summary>A quarter of the letters may differ: more is another word, not a slip.</summary>
    private const int LettersPerSlip = 4;

    /// <summary>The nearest candidate, letters' case aside, or null when none is near.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        var nearest = candidates
            .Select(candidate => (Name: candidate, Distance: Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(found => found.Distance).ThenBy(found => found.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(2, name.Length / LettersPerSlip) ? nearest.Name : null;
    }

    /// <summary>Levenshtein's distance: how many letters have to be put in, left out or changed.</summary>
    private static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        var current = new int[right.Length + 1];
        for (var i = 0; i < left.Length; i++)
        {
            current[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var changed = previous[j] + (left[i] == right[j] ? 0 : 1);
                current[j + 1] = Math.Min(changed, Math.Min(previous[j + 1], current[j]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }
}

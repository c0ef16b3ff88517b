using System.Globalization;

namespace Holdfast.Benchmarks;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Arguments(IReadOnlyDictionary<string, string> values)
{
    public static Arguments Parse(IReadOnlyList<string> words)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == words.Count)
            {
                throw new ArgumentException($"'{words[i]}' is not of the form --name value.", nameof(words));
            }

            values[words[i][2..]] = words[i + 1];
        }

        return new Arguments(values);
    }

    public int Int(string name, int fallback) => values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    public string? Text(string name) => values.GetValueOrDefault(name);
}

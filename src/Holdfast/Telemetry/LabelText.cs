using System.Globalization;
using System.Text;

namespace Holdfast.Telemetry;

/// <summary>Labels as they stand in the text: <c>kind="event",term="stored"</c>, by name, escaped. Pure.</summary>
internal static class LabelText
{
    public static string Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // By name, so that the order in which a caller gives its tags makes no other series. Of two names that become one the first counts.
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            labels.TryAdd(MetricName.Sanitize(key), TextOf(value));
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value)}\""));
    }

    /// <summary>The tags as they were given, their values as texts.</summary>
    public static KeyValuePair<string, string>[] PairsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var pairs = new KeyValuePair<string, string>[tags.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = KeyValuePair.Create(tags[i].Key, TextOf(tags[i].Value));
        }

        return pairs;
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Escape(string value) => new StringBuilder(value).Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").ToString();
}

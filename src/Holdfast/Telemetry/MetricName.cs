using System.Buffers;
using System.Text;

namespace Holdfast.Telemetry;

/// <summary>
/// Names by the conventions of Prometheus from names and units by those of OpenTelemetry: <c>holdfast.flush.duration</c> in <c>ms</c> is
/// <c>holdfast_flush_duration_seconds</c>, with values a thousandth as large. Pure.
/// </summary>
/// <param name="Name">With its unit, and <c>_total</c> for a counter.</param>
/// <param name="Scale">What a value is multiplied with to be in the base unit.</param>
internal readonly record struct MetricName(string Name, double Scale)
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    public static MetricName Of(string instrument, string? unit, MetricKind kind)
    {
        var (word, scale) = BaseUnit(unit, kind);
        var name = WithSuffix(Sanitize(instrument), word);
        return new MetricName(kind == MetricKind.Counter ? WithSuffix(name, "total") : name, scale);
    }

    /// <summary>A name of letters, digits and single underscores that begins with none of the digits.</summary>
    public static string Sanitize(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            var allowed = Allowed.Contains(c) ? c : '_';
            if (allowed != '_' || clean.Length == 0 || clean[^1] != '_')
            {
                clean.Append(allowed);
            }
        }

        return clean.Length == 0 || char.IsAsciiDigit(clean[0]) ? $"_{clean}" : clean.ToString();
    }

    // What stands in braces says what is counted; that belongs into the name.
    private static (string Word, double Scale) BaseUnit(string? unit, MetricKind kind) => unit switch
    {
        null or "" => ("", 1),
        ['{', ..] => ("", 1),
        "1" => (kind == MetricKind.Gauge ? "ratio" : "", 1),
        "s" => ("seconds", 1),
        "ms" => ("seconds", 1e-3),
        "us" => ("seconds", 1e-6),
        "ns" => ("seconds", 1e-9),
        "By" => ("bytes", 1),
        "KiBy" => ("bytes", 1 << 10),
        "MiBy" => ("bytes", 1 << 20),
        _ => (Sanitize(unit), 1),
    };

    private static string WithSuffix(string name, string word) =>
        word.Length == 0 || name.EndsWith("_" + word, StringComparison.Ordinal) ? name : $"{name}_{word}";
}

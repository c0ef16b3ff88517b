namespace Holdfast.Sources;

/// <summary>Names of meters, each exact or with a <c>*</c> at its end. Pure.</summary>
internal sealed class MeterSelection
{
    private readonly string[] _patterns;

    private MeterSelection(string[] patterns) => _patterns = patterns;

    /// <exception cref="ArgumentException">A name is empty, or has a <c>*</c> that is not at its end.</exception>
    public static MeterSelection Parse(IReadOnlyCollection<string> patterns)
    {
        if (patterns.FirstOrDefault(pattern => string.IsNullOrWhiteSpace(pattern) || pattern[..^1].Contains('*', StringComparison.Ordinal)) is { } wrong)
        {
            throw new ArgumentException($"'{wrong}' is no name of a meter: it must not be empty, and a * stands only at its end.", nameof(patterns));
        }

        return new MeterSelection([.. patterns]);
    }

    public bool Contains(string meter) => Array.Exists(_patterns, pattern => pattern[^1] == '*'
        ? meter.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
        : meter.Equals(pattern, StringComparison.OrdinalIgnoreCase));
}

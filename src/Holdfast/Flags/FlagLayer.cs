using System.Collections.Frozen;

namespace Holdfast.Flags;

/// <summary>What one layer says: the values that are right, the faults of those that are not, and what is only worth a warning.</summary>
internal sealed record FlagLayer(
    IReadOnlyDictionary<string, object> Values, IReadOnlyList<ConfigurationFault> Faults, IReadOnlyList<ConfigurationFault> Warnings)
{
    /// <summary>A layer that says nothing.</summary>
    public static FlagLayer Empty { get; } = new(FrozenDictionary<string, object>.Empty, [], []);
}

/// <summary>Collects what a layer says while it is read.</summary>
internal sealed class FlagLayerBuilder(FlagSchema schema)
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly List<ConfigurationFault> _faults = [];
    private readonly List<ConfigurationFault> _warnings = [];

    public FlagSchema Schema { get; } = schema;

    public void Take(FlagDefinition flag, string source, FlagParse parsed)
    {
        if (parsed.Fault is { } fault)
        {
            Fault(flag.Name, source, fault);
            return;
        }

        _values[flag.Name] = parsed.Value!;
    }

    public void TakeUnjudged(string name, object value) => _values[name] = value;

    public void Fault(string key, string source, string message) => _faults.Add(new ConfigurationFault(key, source, message));

    public void Warn(string key, string source, string message) => _warnings.Add(new ConfigurationFault(key, source, message));

    public FlagLayer Build() => new(_values.ToFrozenDictionary(StringComparer.Ordinal), _faults, _warnings);
}

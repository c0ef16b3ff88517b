using System.Collections.Frozen;

namespace Holdfast.Flags;

/// <summary>Every setting there is. What is not listed here does not exist: a name that nobody knows is reported, never ignored.</summary>
public sealed class FlagSchema
{
    private readonly FrozenDictionary<string, FlagDefinition> _byName;
    private readonly FlagDefinition[] _all;

    /// <summary>Makes a schema of these flags.</summary>
    /// <exception cref="ArgumentException">Two have one name, or a default is not what its own flag allows.</exception>
    public FlagSchema(IEnumerable<FlagDefinition> flags)
    {
        _all = [.. flags];
        _byName = _all.ToFrozenDictionary(flag => flag.Name, StringComparer.Ordinal);
        foreach (var flag in _all)
        {
            if (FlagParser.Judge(flag, flag.Default).Fault is { } fault)
            {
                throw new ArgumentException($"The default of {flag.Name} is wrong: {fault}.", nameof(flags));
            }
        }
    }

    /// <summary>The settings of the product.</summary>
    public static FlagSchema Product { get; } = new([.. ServerFlags.All, .. LimitFlags.All, .. MonitoringFlags.All, .. ResilienceFlags.All]);

    /// <summary>All flags, in the order in which they are documented.</summary>
    public IReadOnlyList<FlagDefinition> GetAll() => _all;

    /// <summary>The flag of this name, or null. Names are case-sensitive.</summary>
    public FlagDefinition? Get(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The same flags, one of them with a rule that is known only where its driver is.</summary>
    internal FlagSchema WithRule(string name, Func<object, string?> validator) =>
        new(_all.Select(flag => flag.Name == name ? flag with { Validator = validator } : flag));

    /// <summary>What to say of a name that is not a flag: with the name that was probably meant.</summary>
    internal string DescribeUnknown(string name) =>
        NearestName.Find(name, _byName.Keys) is { } nearest ? $"is not a setting; did you mean {nearest}?" : "is not a setting";
}

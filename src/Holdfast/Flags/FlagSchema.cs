using System.Collections.Frozen;

namespace Holdfast.Flags;

/// <summary>Every setting there is. What is not listed here does not exist: a name that nobody knows is reported, never ignored.</summary>
public sealed class FlagSchema
{
    private readonly FrozenDictionary<string, FlagDefinition> _byName;
    private readonly FrozenDictionary<string, FlagDefinition> _byEnvironmentName;
    private readonly FlagDefinition[] _all;

    /// <summary>Makes a schema of these flags.</summary>
    /// <exception cref="ArgumentException">Two have one name, or a default is not what its own flag allows.</exception>
    public FlagSchema(IEnumerable<FlagDefinition> flags)
        : this(flags, [])
    {
    }

    internal FlagSchema(IEnumerable<FlagDefinition> flags, IReadOnlyList<FlagConstraint> constraints)
    {
        Constraints = constraints;
        _all = [.. flags];
        _byName = _all.ToFrozenDictionary(flag => flag.Name, StringComparer.Ordinal);
        _byEnvironmentName = _all.ToFrozenDictionary(flag => flag.EnvironmentName, StringComparer.Ordinal);
        foreach (var flag in _all)
        {
            if (FlagParser.Judge(flag, flag.Default).Fault is { } fault)
            {
                throw new ArgumentException($"The default of {flag.Name} is wrong: {fault}.", nameof(flags));
            }
        }
    }

    /// <summary>The settings of the product.</summary>
    public static FlagSchema Product { get; } = new(
        [.. ServerFlags.All, .. AccessFlags.All, .. LimitFlags.All, .. BroadcastFlags.All, .. SupabaseFlags.All, .. MonitoringFlags.All, .. ResilienceFlags.All, .. RetryFlags.All, .. ComponentFlags.All, .. HealthFlags.All, .. SqlFlags.All, .. RoomFlags.All, .. RealtimeFlags.All, .. DashboardFlags.All],
        [.. DashboardFlags.Constraints, .. SupabaseFlags.Constraints]);

    /// <summary>What must hold between them.</summary>
    internal IReadOnlyList<FlagConstraint> Constraints { get; }

    /// <summary>All flags, in the order in which they are documented.</summary>
    public IReadOnlyList<FlagDefinition> GetAll() => _all;

    /// <summary>The flag of this name, or null. Names are case-sensitive.</summary>
    public FlagDefinition? Get(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The flag that an environment variable of this name is about, or null.</summary>
    internal FlagDefinition? FindInEnvironment(string variable) => _byEnvironmentName.GetValueOrDefault(variable);

    /// <summary>The same flags, one of them with a rule that is known only where its driver is.</summary>
    internal FlagSchema WithRule(string name, Func<object, string?> validator) =>
        new(_all.Select(flag => flag.Name == name ? flag with { Validator = validator } : flag), Constraints);

    /// <summary>What to say of a name that is not a flag: with the name that was probably meant.</summary>
    internal string DescribeUnknown(string name) =>
        NearestName.Find(name, _byName.Keys.Union(_byEnvironmentName.Keys)) is { } nearest ? $"is not a setting; did you mean {nearest}?" : "is not a setting";
}

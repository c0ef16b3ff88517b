using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>How a flag's value depends on who asks. Immutable; what it says has been judged (<see cref="FlagRuleJson"/>), so that it can be asked without faults.</summary>
internal sealed record FlagRule
{
    /// <summary>Of every variant's value.</summary>
    public required FlagType Type { get; init; }

    public string Description { get; init; } = "";

    public required IReadOnlyList<FlagVariant> Variants { get; init; }

    /// <summary>For whom nothing else decides.</summary>
    public required string DefaultVariant { get; init; }

    /// <summary>For everybody while the flag is killed.</summary>
    public required string OffVariant { get; init; }

    /// <summary>False: killed.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Keys that get a variant whatever the rest says.</summary>
    public IReadOnlyList<FlagOverride> Overrides { get; init; } = [];

    /// <summary>Conditions; the first that holds decides.</summary>
    public IReadOnlyList<FlagTarget> Targeting { get; init; } = [];

    /// <summary>What decides when no condition holds.</summary>
    public FlagSplit Split { get; init; } = FlagSplit.Nothing;

    /// <summary>Put before the key when its bucket is found; null: the flag's name.</summary>
    public string? Salt { get; init; }

    /// <summary>When a change takes effect for clients that run. A kill does at once in any case.</summary>
    public FlagApply Apply { get; init; } = FlagApply.Session;

    /// <summary>Differs when anything of the rule does.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The value that this process itself reads, which asks for nobody in particular.</summary>
    public JsonElement PlainValue => ValueOf(Enabled ? DefaultVariant : OffVariant);

    public JsonElement ValueOf(string variant) => Variants.First(one => one.Name == variant).Value;
}

/// <summary>One of a flag's values, with a name.</summary>
internal sealed record FlagVariant(string Name, JsonElement Value);

/// <summary>Keys that get a variant.</summary>
internal sealed record FlagOverride(string Variant, IReadOnlySet<string> Keys);

/// <summary>A condition, and what it serves: one variant, or shares of the buckets.</summary>
internal sealed record FlagTarget(string Name, FlagCondition Condition, string? Variant, FlagSplit Split)
{
    /// <summary>The condition as it was written.</summary>
    public JsonElement Source { get; init; }
}

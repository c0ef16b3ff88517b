using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>Why a flag has the value it has, in the words of OpenFeature.</summary>
public enum FlagReason
{
    /// <summary>The same for everybody: a plain value, or an override of the operator's.</summary>
    Static,

    /// <summary>It has rules, and none of them concerned this context.</summary>
    Default,

    /// <summary>The context is named, or a condition holds for it.</summary>
    TargetingMatch,

    /// <summary>A percentage decided.</summary>
    Split,

    /// <summary>The flag is killed: everybody gets its off variant.</summary>
    Disabled,

    /// <summary>It could not be evaluated; the error says why.</summary>
    Error,
}

/// <summary>Why a flag could not be evaluated, in the words of OpenFeature.</summary>
public enum FlagError
{
    /// <summary>There is no such flag.</summary>
    FlagNotFound,

    /// <summary>A percentage decides, and the context says not who it is.</summary>
    TargetingKeyMissing,
}

/// <summary>A flag's value for one context.</summary>
/// <param name="Name">The flag.</param>
/// <param name="Value">The value; of one that could not be evaluated that of its default variant, or null when there is none.</param>
/// <param name="Variant">The variant's name, or null where a plain value is in effect.</param>
/// <param name="Reason">Why it is this one.</param>
/// <param name="Origin">The layer that decided.</param>
public sealed record FlagEvaluation(string Name, JsonElement? Value, string? Variant, FlagReason Reason, FlagOrigin Origin)
{
    /// <summary>The bucket of the context, 0 to 99,999, where a percentage was asked; null otherwise.</summary>
    public int? Bucket { get; init; }

    /// <summary>Why it could not be evaluated; null when it was.</summary>
    public FlagError? Error { get; init; }

    /// <summary>What was asked on the way, in sentences, the first question first: the answer to "why did this session get that?".</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];

    /// <summary>When a change takes effect for a client that runs.</summary>
    public FlagApply Apply { get; init; } = FlagApply.Immediate;
}

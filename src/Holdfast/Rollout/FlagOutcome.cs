using Holdfast.Flags;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

internal enum FlagOutcomeKind
{
    Done,

    /// <summary>There is no such flag, and none can be made of this name.</summary>
    Unknown,

    /// <summary>What was asked for has faults.</summary>
    Faulty,

    /// <summary>A stronger layer would hide it.</summary>
    Shadowed,

    /// <summary>The flag, or what others say, does not allow it.</summary>
    Refused,

    /// <summary>Somebody else changed it since it was seen.</summary>
    Overtaken,
}

/// <summary>What became of what a person wanted of a flag.</summary>
internal sealed record FlagOutcome(FlagOutcomeKind Kind, string? Message = null)
{
    public static FlagOutcome Done { get; } = new(FlagOutcomeKind.Done);

    public IReadOnlyList<FlagFault> Faults { get; init; } = [];

    /// <summary>The layer that wins.</summary>
    public FlagOrigin? ShadowedBy { get; init; }

    public static FlagOutcome Faulty(IReadOnlyList<FlagFault> faults) => new(FlagOutcomeKind.Faulty, "It has faults; nothing was changed.") { Faults = faults };

    public static FlagOutcome Faulty(string field, string message) => Faulty([new FlagFault(field, message)]);

    public static FlagOutcome Refused(string message) => new(FlagOutcomeKind.Refused, message);
}

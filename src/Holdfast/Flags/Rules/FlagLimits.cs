namespace Holdfast.Flags.Rules;

/// <summary>How large flags may be. Rules are evaluated for every request of every client, and all of them are held in memory.</summary>
internal static class FlagLimits
{
    /// <summary>Flags with a run-time value or a rule.</summary>
    public const int FlagsMax = 1_000;

    public const int NameLengthMax = 100;

    /// <summary>Of a flag as it is stored.</summary>
    public const int DocumentBytesMax = 64 << 10;

    public const int VariantsMax = 20;

    /// <summary>Keys that are named, over all variants of a flag.</summary>
    public const int KeysMax = 1_000;

    public const int KeyLengthMax = 256;

    public const int TargetsMax = 50;

    /// <summary>Operators and operands of one rule's conditions together.</summary>
    public const int ConditionNodesMax = 500;

    /// <summary>Conditions within conditions.</summary>
    public const int ConditionDepthMax = 8;

    public const int TextLengthMax = 1_000;

    /// <summary>Of a context that a client sends.</summary>
    public const int ContextBytesMax = 64 << 10;

    /// <summary>JSON within JSON, of a document or a context.</summary>
    public const int JsonDepthMax = 32;
}

namespace Holdfast.Flags;

/// <summary>What a flag's value is.</summary>
public enum FlagType
{
    /// <summary><c>true</c>, <c>1</c>, <c>yes</c>, <c>on</c> and their opposites.</summary>
    Bool,

    /// <summary>Text.</summary>
    String,

    /// <summary>A whole number of 64 bits.</summary>
    Int,

    /// <summary>A finite number.</summary>
    Float,

    /// <summary>Any JSON value.</summary>
    Json,
}

/// <summary>When a changed value takes effect.</summary>
public enum FlagApply
{
    /// <summary>At once.</summary>
    Immediate,

    /// <summary>For what starts after the change: a session keeps what it began with, or the process has to be started again.</summary>
    Session,
}

/// <summary>The layer a value came from, the strongest first.</summary>
public enum FlagOrigin
{
    /// <summary><c>flags.override.json</c>, the operator's emergency file.</summary>
    Override,

    /// <summary>An environment variable (or <c>.env</c>).</summary>
    Environment,

    /// <summary>Set at run time.</summary>
    Runtime,

    /// <summary><c>holdfast.json</c>.</summary>
    File,

    /// <summary>The default of the definition.</summary>
    Default,
}

/// <summary>One setting of the product: every setting is a flag.</summary>
/// <param name="Name">Its name, the same in the environment: <c>MONITORING_BATCH_SIZE</c>.</param>
/// <param name="Type">What its value is.</param>
/// <param name="Default">The value when no layer says otherwise.</param>
/// <param name="Description">One sentence for the operator, with unit.</param>
public sealed record FlagDefinition(string Name, FlagType Type, object Default, string Description)
{
    /// <summary>Returns what is wrong with a value of the right type, or null. Default: every value is right.</summary>
    public Func<object, string?>? Validator { get; init; }

    /// <summary>When a change takes effect. Default: at once.</summary>
    public FlagApply Apply { get; init; } = FlagApply.Immediate;

    /// <summary>True for what must never be shown or logged: its value reads <c>***</c> everywhere but for the code that needs it.</summary>
    public bool Secret { get; init; }
}

/// <summary>A flag's value now, and what each layer says.</summary>
/// <param name="Definition">The flag.</param>
/// <param name="Value">The value in effect.</param>
/// <param name="Origin">The layer it came from.</param>
/// <param name="Layers">What each layer that says something says, the strongest first.</param>
public sealed record FlagValue(FlagDefinition Definition, object Value, FlagOrigin Origin, IReadOnlyList<(FlagOrigin Origin, object Value)> Layers);

/// <summary>A value in effect has changed.</summary>
public sealed record FlagChange(string Name, object OldValue, object NewValue, FlagOrigin Origin);

/// <summary>One fault of the configuration.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Source">Where it stands: <c>environment</c>, <c>.env</c>, a file's name.</param>
/// <param name="Message">What is wrong and what would be right. Never has the value of a secret.</param>
public sealed record ConfigurationFault(string Key, string Source, string Message);

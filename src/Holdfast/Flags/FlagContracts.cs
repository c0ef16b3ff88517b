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

    /// <summary>For sessions that begin after the change: one that runs keeps what it began with.</summary>
    Session,

    /// <summary>At the next start of the process: it is read once, a change at run time is refused, and one in a file is noted and waits.</summary>
    Start,
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
/// <param name="Default">The value when no layer says otherwise: <see cref="bool"/>, <see cref="string"/>, <see cref="long"/>, <see cref="double"/> or <see cref="System.Text.Json.JsonElement"/>.</param>
/// <param name="Description">One sentence for the operator, with unit.</param>
public sealed record FlagDefinition(string Name, FlagType Type, object Default, string Description)
{
    /// <summary>
    /// Returns what a value of the right type should have been ("must be above 0"), or null when it is right. It does not repeat the
    /// value: that is added where it may be shown. Default: every value is right.
    /// </summary>
    public Func<object, string?>? Validator { get; init; }

    /// <summary>What a text may be, for those who choose; the validator judges. Empty: the validator alone says.</summary>
    internal IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>When a change takes effect. Default: at once.</summary>
    public FlagApply Apply { get; init; } = FlagApply.Immediate;

    /// <summary>Its name in the environment, where names have no dots. Default: <see cref="Name"/>.</summary>
    public string EnvironmentName { get => field ?? Name; init; }

    /// <summary>True for what clients ask for: it is told over OFREP, and a rule may make it depend on who asks. The server's own settings are for everybody.</summary>
    public bool ForClients { get; init; }

    /// <summary>True for what must never be shown or logged: its value reads <c>***</c> everywhere but for the code that needs it.</summary>
    public bool Secret { get; init; }

    /// <summary>True for what guards the server and its record: at run time administrators alone may change it.</summary>
    internal bool Guards { get; init; }

    /// <summary>The same, of texts that are these alone.</summary>
    internal FlagDefinition OneOf(params string[] choices) => this with { Choices = choices, Validator = FlagValidators.OneOf(choices) };
}

/// <summary>A flag's value now, and what each layer says. A secret reads <c>***</c> where it is set.</summary>
/// <param name="Definition">The flag.</param>
/// <param name="Value">The value in effect.</param>
/// <param name="Origin">The layer it came from.</param>
/// <param name="Layers">What each layer that says something says, the strongest first.</param>
public sealed record FlagValue(FlagDefinition Definition, object Value, FlagOrigin Origin, IReadOnlyList<(FlagOrigin Origin, object Value)> Layers);

/// <summary>A value in effect has changed. The values of a secret read <c>***</c>.</summary>
/// <param name="Name">The flag.</param>
/// <param name="OldValue">What was in effect until now.</param>
/// <param name="NewValue">What is in effect from now on.</param>
/// <param name="Origin">The layer the new value came from.</param>
public sealed record FlagChange(string Name, object OldValue, object NewValue, FlagOrigin Origin);

/// <summary>What became of setting a flag at run time.</summary>
public enum FlagSetStatus
{
    /// <summary>The value is in effect.</summary>
    Set,

    /// <summary>There is no flag of this name.</summary>
    Unknown,

    /// <summary>The value is not of the flag's type.</summary>
    WrongType,

    /// <summary>The flag's validator refuses the value.</summary>
    Invalid,

    /// <summary>A stronger layer says something: the value would have no effect, so it was not taken.</summary>
    Shadowed,

    /// <summary>The flag is read once at start.</summary>
    NeedsRestart,

    /// <summary>Together with what other flags say it would not be right.</summary>
    Conflict,
}

/// <summary>Answer to setting a flag at run time.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Message">Why not, in a sentence; null when it was set.</param>
/// <param name="ShadowedBy">The layer that wins, when <paramref name="Status"/> is <see cref="FlagSetStatus.Shadowed"/>.</param>
public sealed record FlagSetResult(FlagSetStatus Status, string? Message = null, FlagOrigin? ShadowedBy = null);

/// <summary>One fault of the configuration.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Source">Where it stands: <c>environment</c>, <c>.env</c>, <c>code</c>, a file's name.</param>
/// <param name="Message">What is wrong and what would be right. Never has the value of a secret.</param>
public sealed record ConfigurationFault(string Key, string Source, string Message);

/// <summary>The configuration is not usable. Everything that is wrong is listed, not only what was found first.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(string.Join(Environment.NewLine, faults.Select(fault => $"{fault.Key} ({fault.Source}): {fault.Message}")))
{
    /// <summary>All faults, each with its key and its source.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults;
}

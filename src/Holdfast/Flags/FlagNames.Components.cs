namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Components that run.</summary>
    public const string ComponentsEnabled = "HOLDFAST_COMPONENTS_ENABLED";

    /// <summary>Components that do not run.</summary>
    public const string ComponentsDisabled = "HOLDFAST_COMPONENTS_DISABLED";

    /// <summary>Seconds that the start of a component may take.</summary>
    public const string ComponentsStartTimeoutSeconds = "HOLDFAST_COMPONENTS_START_TIMEOUT_SECONDS";

    /// <summary>Commands that nobody may call.</summary>
    public const string CommandsDisabled = "HOLDFAST_COMMANDS_DISABLED";

    /// <summary>Seconds until a caller may call the same command again.</summary>
    public const string CommandsCooldownSeconds = "HOLDFAST_COMMANDS_COOLDOWN_SECONDS";
}

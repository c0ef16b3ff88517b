namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>What is said of single health checks.</summary>
    public const string HealthChecks = "HOLDFAST_HEALTH_CHECKS";

    /// <summary>Recovery rules beside those that are built in.</summary>
    public const string HealthRules = "HOLDFAST_HEALTH_RULES";

    /// <summary>Whether recovery rules act.</summary>
    public const string HealthRecovery = "HOLDFAST_HEALTH_RECOVERY";

    /// <summary>Whether recovery rules only say what they would do.</summary>
    public const string HealthDryRun = "HOLDFAST_HEALTH_RECOVERY_DRY_RUN";

    /// <summary>How often all recovery rules together may act in an hour.</summary>
    public const string HealthPerHour = "HOLDFAST_HEALTH_RECOVERY_PER_HOUR";

    /// <summary>How long a component may be stuck.</summary>
    public const string HealthWedgedSeconds = "HOLDFAST_HEALTH_WEDGED_SECONDS";

    /// <summary>What the action <c>webhook</c> calls; secret.</summary>
    public const string HealthWebhook = "HOLDFAST_HEALTH_WEBHOOK";
}

namespace Holdfast.Health;

/// <summary>What is checked, and what may be done about it. As it is now: it is asked for whenever it is needed.</summary>
internal sealed record HealthOptions
{
    /// <summary>What is said of single checks, by name (<c>HOLDFAST_HEALTH_CHECKS</c>). Default: nothing.</summary>
    public IReadOnlyDictionary<string, CheckSetting> Checks { get; init; } = new Dictionary<string, CheckSetting>(StringComparer.Ordinal);

    /// <summary>Whether rules act (<c>HOLDFAST_HEALTH_RECOVERY</c>). Default: yes.</summary>
    public bool RecoveryEnabled { get; init; } = true;

    /// <summary>Whether rules only say what they would do (<c>HOLDFAST_HEALTH_RECOVERY_DRY_RUN</c>). Default: no.</summary>
    public bool DryRun { get; init; }

    /// <summary>How often all rules together may act in an hour (<c>HOLDFAST_HEALTH_RECOVERY_PER_HOUR</c>). Default: 20.</summary>
    public int PerHour { get; init; } = 20;

    /// <summary>The rules, those that are built in and those of <c>HOLDFAST_HEALTH_RULES</c>.</summary>
    public IReadOnlyList<RecoveryRule> Rules { get; init; } = RecoveryRule.Defaults;

    /// <summary>What is said of a check.</summary>
    public CheckSetting Of(CheckPlan plan) => Checks.GetValueOrDefault(plan.Name, CheckSetting.None);
}

/// <summary>What the settings say of a check; null: what its plan says.</summary>
internal sealed record CheckSetting(bool Enabled = true, TimeSpan? Period = null, TimeSpan? Timeout = null)
{
    public static CheckSetting None { get; } = new();
}

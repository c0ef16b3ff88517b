namespace Holdfast.Health;

/// <summary>What is done by itself when a check is in a state for a while.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Check">The check that it watches; <c>*</c>: the whole.</param>
/// <param name="Actions">Names of what is done, in this order; the first that fails ends it.</param>
internal sealed record RecoveryRule(string Name, string Check, IReadOnlyList<string> Actions)
{
    /// <summary>Stands for the whole in place of a check.</summary>
    public const string AnyCheck = "*";

    /// <summary>The state, or a worse one. Default: fail.</summary>
    public HealthState State { get; init; } = HealthState.Fail;

    /// <summary>How long it must have been so. Default: at once, which after hysteresis is three bad results.</summary>
    public TimeSpan For { get; init; }

    /// <summary>A check that must pass meanwhile: nothing is repaired in a way that something else is in. Null: none.</summary>
    public string? While { get; init; }

    /// <summary>From one time to the next; twice as long after each that did not help, up to an hour. Default: a minute.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often in an hour. Default: 6.</summary>
    public int PerHour { get; init; } = 6;

    /// <summary>
    /// Those that are built in. Each does what the server does by itself in the end, sooner or more thoroughly, and loses nothing; so they are on.
    /// </summary>
    public static IReadOnlyList<RecoveryRule> Defaults { get; } =
    [
        new("reconnect", "storage", ["reconnect_pool"]) { For = TimeSpan.FromSeconds(10) },
        new("close_breaker", "breakers", ["reset_breaker"]) { While = "storage" },
        new("rescue", "stuck_leases", ["rescue_leases"]) { PerHour = 12 },
        new("restart", "components", ["restart_component"]) { CoolDown = TimeSpan.FromMinutes(5), PerHour = 3 },
    ];
}

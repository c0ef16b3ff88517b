namespace Holdfast.Health;

/// <summary>A check as it is known.</summary>
internal sealed record CheckStatus
{
    public required CheckPlan Plan { get; init; }

    public required HealthState State { get; init; }

    /// <summary>Since when it has been in that state; null: it never had another.</summary>
    public required DateTimeOffset? Since { get; init; }

    /// <summary>What the last run found; null: there was none.</summary>
    public required CheckObservation? Last { get; init; }

    /// <summary>What the last runs found, the oldest first; at most <see cref="FlapScore.Window"/>, none of before the check was not run for a while.</summary>
    public required IReadOnlyList<HealthState> Results { get; init; }

    /// <summary>In per cent; see <see cref="FlapScore"/>.</summary>
    public required double Flaps { get; init; }

    public required bool IsFlapping { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>What is wrong, or why nothing is known, in a sentence; null: nothing.</summary>
    public required string? Detail { get; init; }
}

/// <summary>All checks as they are known.</summary>
/// <param name="State">The worst of those that are known.</param>
/// <param name="Since">Since when.</param>
/// <param name="Incident">The one that is open; null: none.</param>
internal sealed record HealthSnapshot(HealthState State, DateTimeOffset? Since, IReadOnlyList<CheckStatus> Checks, HealthIncident? Incident)
{
    private const int OfFailure = 40;
    private const int OfWarning = 20;

    /// <summary>
    /// From 100 down to 0. It goes by the same states as <see cref="State"/>, so the two cannot disagree: 100 is pass and nothing else.
    /// </summary>
    public int Score => Math.Max(0, 100 - Checks.Sum(check => check.State switch
    {
        HealthState.Fail => OfFailure,
        HealthState.Warn => OfWarning,
        _ => 0,
    }));
}

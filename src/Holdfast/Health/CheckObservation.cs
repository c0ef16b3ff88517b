namespace Holdfast.Health;

/// <summary>What one run of a check found.</summary>
/// <param name="State">Never unknown.</param>
/// <param name="Detail">What is wrong, in a sentence that everybody may read who sees the health; null when nothing is.</param>
/// <param name="Values">What was measured.</param>
/// <param name="At">When it was known.</param>
/// <param name="Took">How long the run took.</param>
internal sealed record CheckObservation(HealthState State, string? Detail, IReadOnlyDictionary<string, double> Values, DateTimeOffset At, TimeSpan Took)
{
    public static IReadOnlyDictionary<string, double> NoValues { get; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>It did not answer in time.</summary>
    public bool Hung { get; init; }
}

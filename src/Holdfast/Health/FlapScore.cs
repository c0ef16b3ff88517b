namespace Holdfast.Health;

/// <summary>
/// How much the results of a check go back and forth: the weighted share of changes among the last 21 results. The formula, its weights from 0.8
/// (the oldest change) to 1.2 (the newest) and the thresholds are those of Nagios Core, "Detection and Handling of State Flapping". Pure.
/// </summary>
internal static class FlapScore
{
    /// <summary>Results that are looked at.</summary>
    public const int Window = 21;

    /// <summary>From this on it flaps, in per cent: four changes in a row of 21.</summary>
    public const double Begins = 20;

    /// <summary>Below this it does not any more.</summary>
    public const double Ends = 5;

    private const double Oldest = 0.8;
    private const double Newest = 1.2;

    /// <param name="results">The oldest first; fewer than the window count as if they had not changed before.</param>
    /// <returns>0 to 100.</returns>
    public static double Of(IReadOnlyList<HealthState> results)
    {
        var sum = 0.0;
        for (var i = 1; i < results.Count; i++)
        {
            var place = Window - results.Count + i - 1;
            sum += results[i] == results[i - 1] ? 0 : Oldest + ((Newest - Oldest) * place / (Window - 2));
        }

        return 100 * sum / (Window - 1);
    }
}

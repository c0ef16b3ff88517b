namespace Holdfast.Resilience;

/// <summary>
/// Growing delays between attempts: <c>min(cap, initial * factor^n)</c>, spread by <c>1 ± jitter</c> and capped again.
/// One formula for every retry and reconnect loop of the product; pure, so tests are exact.
/// </summary>
/// <param name="Initial">Delay after the first failure.</param>
/// <param name="Factor">Growth per failure; 2 doubles.</param>
/// <param name="Cap">No delay is longer, jitter included.</param>
/// <param name="Jitter">Spread as a fraction of the delay, 0 to 1: 0.25 means a quarter either way.</param>
public readonly record struct BackoffSchedule(TimeSpan Initial, double Factor, TimeSpan Cap, double Jitter)
{
    /// <summary>The delay after failure number <paramref name="failure"/> (the first is 0).</summary>
    /// <param name="failure">How many failures came before this one, at least 0; any size, the formula does not overflow.</param>
    /// <param name="random">Returns a number in [0, 1); asked only when there is jitter.</param>
    public TimeSpan Next(int failure, Func<double> random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failure);
        ArgumentNullException.ThrowIfNull(random);

        // In double arithmetic an overflow is +infinity, which the cap swallows.
        var grown = Math.Min(Cap.Ticks, Initial.Ticks * Math.Pow(Factor, failure));
        var spread = Jitter == 0 ? grown : grown * (1 + (Jitter * ((2 * random()) - 1)));
        return TimeSpan.FromTicks((long)Math.Min(Cap.Ticks, spread));
    }
}

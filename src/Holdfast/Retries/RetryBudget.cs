namespace Holdfast.Retries;

/// <summary>
/// A bucket of attempts: it fills at a rate, and what finds it empty is told when its turn will come. Those who wait are told different
/// times, so that they come back at the rate and not all together. Not thread-safe; no clock: instants are the time since any fixed one.
/// </summary>
internal sealed class RetryBudget
{
    /// <summary>Nobody is sent away for longer; where more wait than that, some are told the same.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    private double? _tokens;
    private TimeSpan _filledAt;

    // When the last of those who were sent away has his turn.
    private TimeSpan _lineEndsAt;

    /// <summary>Takes an attempt; null when there was one, else how long until it is worth asking again.</summary>
    /// <param name="perSecond">The rate; 0: no limit.</param>
    /// <param name="burst">What the bucket holds, at least 1.</param>
    public TimeSpan? Take(TimeSpan now, double perSecond, int burst)
    {
        if (perSecond <= 0)
        {
            return null;
        }

        Fill(now, perSecond, Math.Max(1, burst));
        if (_tokens >= 1)
        {
            _tokens--;
            return null;
        }

        return TurnOfNext(now, perSecond);
    }

    private void Fill(TimeSpan now, double perSecond, int burst)
    {
        _tokens = _tokens is { } left ? Math.Min(burst, left + ((now - _filledAt).TotalSeconds * perSecond)) : burst;
        _filledAt = now;
    }

    private TimeSpan TurnOfNext(TimeSpan now, double perSecond)
    {
        var turn = (_lineEndsAt > now ? _lineEndsAt : now) + TimeSpan.FromSeconds(1 / perSecond);
        if (turn - now > WaitMax)
        {
            return WaitMax;
        }

        _lineEndsAt = turn;
        return turn - now;
    }
}

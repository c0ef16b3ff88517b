namespace Holdfast.Access;

/// <summary>
/// How often somebody may do something: for each a single instant, the one until which what was taken is paid for (the generic cell rate
/// algorithm). Ours because the limiters of System.Threading.RateLimiting keep one object with a queue for each caller, without a bound on how
/// many callers there are, and cannot be handed a clock. Thread-safe.
/// </summary>
internal sealed class RateTable(TimeProvider time, int callersMax = RateTable.DefaultMax)
{
    /// <summary>Callers that are told apart; addresses are cheap for who wants to fill a table. Beyond it newcomers share one place.</summary>
    public const int DefaultMax = 10_000;

    private const string Others = "(others)";

    private const double SecondsAMinute = 60;

    // What a page asks for when it is opened must not be counted against its rate.
    private const double BurstLeast = 10;
    private const double BurstSeconds = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _paidUntil = new(StringComparer.Ordinal);
    private DateTimeOffset _sweptAt;

    public int Callers
    {
        get
        {
            lock (_gate)
            {
                return _paidUntil.Count;
            }
        }
    }

    /// <summary>Takes one. Null: it is taken; otherwise in how long there will be one.</summary>
    public TimeSpan? Take(string who, double perMinute)
    {
        if (perMinute <= 0)
        {
            return null;
        }

        var price = TimeSpan.FromSeconds(SecondsAMinute / perMinute);
        var ahead = price * (Math.Max(BurstLeast, perMinute * BurstSeconds / SecondsAMinute) - 1);
        var now = time.GetUtcNow();
        lock (_gate)
        {
            who = PlaceNeedsLock(who, now);
            var paidUntil = _paidUntil.GetValueOrDefault(who) is var until && until > now ? until : now;
            if (paidUntil - now > ahead)
            {
                return paidUntil - now - ahead;
            }

            _paidUntil[who] = paidUntil + price;
            return null;
        }
    }

    private string PlaceNeedsLock(string who, DateTimeOffset now)
    {
        if (_paidUntil.ContainsKey(who) || _paidUntil.Count < callersMax)
        {
            return who;
        }

        if (now - _sweptAt >= TimeSpan.FromSeconds(1))
        {
            _sweptAt = now;
            foreach (var (idle, _) in _paidUntil.Where(entry => entry.Value <= now).ToList())
            {
                _paidUntil.Remove(idle);
            }
        }

        return _paidUntil.Count < callersMax ? who : Others;
    }
}

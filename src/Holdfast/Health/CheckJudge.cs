namespace Holdfast.Health;

/// <summary>
/// Makes a state of results: three in a row that are worse than it make it worse, five that are better make it better, and the first good one of
/// a check that was never judged is believed at once. One that flaps is at least a warning, because hysteresis alone would hide it. Pure but for
/// what it remembers; not safe for concurrent use.
/// </summary>
internal sealed class CheckJudge
{
    /// <summary>Bad results in a row that are believed.</summary>
    public const int BadWanted = 3;

    /// <summary>Good results in a row that are believed.</summary>
    public const int GoodWanted = 5;

    private readonly List<HealthState> _results = new(FlapScore.Window + 1);
    private HealthState _steady;

    /// <param name="known">As it was judged before; unknown: never.</param>
    public CheckJudge(HealthState known = HealthState.Unknown) => _steady = known;

    /// <summary>The state; unknown until the results suffice for the first one.</summary>
    public HealthState State => IsFlapping && _steady != HealthState.Unknown ? Worse(_steady, HealthState.Warn) : _steady;

    /// <summary>In per cent; see <see cref="FlapScore"/>.</summary>
    public double Flaps { get; private set; }

    public bool IsFlapping { get; private set; }

    /// <summary>What the last runs found, the oldest first; at most <see cref="FlapScore.Window"/>.</summary>
    public IReadOnlyList<HealthState> Results => [.. _results];

    public void Take(HealthState result)
    {
        _results.Add(result);
        if (_results.Count > FlapScore.Window)
        {
            _results.RemoveAt(0);
        }

        Flaps = FlapScore.Of(_results);
        IsFlapping = Flaps >= (IsFlapping ? FlapScore.Ends : FlapScore.Begins);
        _steady = Settle(result);
    }

    /// <summary>Results before were about something else: the check was not run for a while.</summary>
    public void Interrupt() => _results.Clear();

    private HealthState Settle(HealthState result)
    {
        if (_steady == HealthState.Unknown && result == HealthState.Pass)
        {
            return HealthState.Pass;
        }

        // The least of what all of them say: one failure among warnings is a warning.
        var bad = Last(BadWanted);
        if (bad.Count == BadWanted && bad.All(one => one > Worse(_steady, HealthState.Pass)))
        {
            return bad.Min();
        }

        var good = Last(GoodWanted);
        return good.Count == GoodWanted && good.All(one => one < _steady) ? good.Max() : _steady;
    }

    private List<HealthState> Last(int count) => _results.GetRange(Math.Max(0, _results.Count - count), Math.Min(count, _results.Count));

    private static HealthState Worse(HealthState one, HealthState other) => one > other ? one : other;
}

namespace Holdfast.Health;

/// <summary>One check on the board. Not safe for concurrent use.</summary>
internal sealed class CheckCell
{
    private CheckJudge _judge;
    private CheckObservation? _last;
    private string? _suppressed;
    private bool _enabled = true;

    /// <param name="plan">The check.</param>
    /// <param name="failingSince">It failed when the process last ran, since then; null: it did not.</param>
    public CheckCell(CheckPlan plan, DateTimeOffset? failingSince)
    {
        Plan = plan;
        Since = failingSince;
        _judge = new CheckJudge(failingSince is null ? HealthState.Unknown : HealthState.Fail);
    }

    public CheckPlan Plan { get; }

    /// <summary>As the results say.</summary>
    public HealthState Judged => _judge.State;

    /// <summary>As it is shown: unknown while it is not run.</summary>
    public HealthState Shown => _enabled && _suppressed is null ? _judge.State : HealthState.Unknown;

    public DateTimeOffset? Since { get; private set; }

    public string? Detail => !_enabled ? "It is left out (HOLDFAST_HEALTH_CHECKS)." : _suppressed ?? DetailOfJudged;

    private string? DetailOfJudged => _judge.IsFlapping && _last is { State: HealthState.Pass } ? $"It flaps: {_judge.Flaps:0} % of its last results changed." : _last?.Detail;

    /// <returns>False: it was told of that run before.</returns>
    public bool Take(CheckObservation found)
    {
        if (ReferenceEquals(found, _last))
        {
            return false;
        }

        var before = Shown;
        (_last, _suppressed, _enabled) = (found, null, true);
        _judge.Take(found.State);
        NoteShown(before, found.At);
        return true;
    }

    /// <summary>What it says of the future was noted by a clock that was ahead.</summary>
    public void CorrectClock(DateTimeOffset now) => Since = Since > now ? now : Since;

    public void Suppress(string because, DateTimeOffset now)
    {
        var before = Shown;
        (_suppressed, _enabled) = (because, true);
        _judge.Interrupt();
        NoteShown(before, now);
    }

    public void Disable(DateTimeOffset now)
    {
        var before = Shown;
        _enabled = false;
        _judge = new CheckJudge();
        NoteShown(before, now);
    }

    public CheckStatus ToStatus() => new()
    {
        Plan = Plan,
        State = Shown,
        Since = Since,
        Last = _last,
        Results = _judge.Results,
        Flaps = _judge.Flaps,
        IsFlapping = _judge.IsFlapping,
        Enabled = _enabled,
        Detail = Detail,
    };

    private void NoteShown(HealthState before, DateTimeOffset now)
    {
        if (Shown != before || Since is null)
        {
            Since = now;
        }
    }
}

namespace Holdfast.Health;

/// <summary>
/// What is known of the health: each check with its state, the timeline, the incident that is open. It takes what runs find and answers from
/// memory. Safe for concurrent use.
/// </summary>
internal sealed class HealthBoard
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<CheckCell> _cells;
    private readonly HealthTimeline _timeline;
    private HealthIncident? _incident;
    private HealthState _worst;
    private DateTimeOffset? _worstSince;

    /// <param name="plans">In the order in which they are shown.</param>
    /// <param name="known">What was known when the process last ran.</param>
    public HealthBoard(IEnumerable<CheckPlan> plans, HealthMemory known, TimeProvider time)
    {
        _time = time;
        _timeline = new HealthTimeline(known.Entries);
        _incident = known.Incident;
        _cells = [.. plans.Select(plan => new CheckCell(plan, known.Failing.GetValueOrDefault(plan.Name)))];
    }

    /// <summary>Told of each entry, outside the lock.</summary>
    public Action<HealthEntry> Happened { get; set; } = _ => { };

    public IReadOnlyList<CheckPlan> Plans => [.. _cells.Select(cell => cell.Plan)];

    public HealthSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new HealthSnapshot(_worst, _worstSince, [.. _cells.Select(cell => cell.ToStatus())], _incident);
        }
    }

    /// <summary>A check; null: there is none of this name.</summary>
    public CheckStatus? Find(string name)
    {
        lock (_gate)
        {
            return FindNeedsLock(name)?.ToStatus();
        }
    }

    public HealthPage Query(HealthQuery query)
    {
        lock (_gate)
        {
            return _timeline.Query(query);
        }
    }

    /// <summary>What has to survive the process.</summary>
    public HealthMemory Remember()
    {
        lock (_gate)
        {
            return new HealthMemory
            {
                Entries = _timeline.Entries,
                Incident = _incident,
                Failing = _cells.Where(cell => cell.Judged == HealthState.Fail).ToDictionary(cell => cell.Plan.Name, cell => cell.Since, StringComparer.Ordinal),
            };
        }
    }

    /// <summary>A run has found something. The same run told twice counts once.</summary>
    /// <returns>False: it was told before.</returns>
    public bool Take(string name, CheckObservation found)
    {
        var isNew = false;
        Change(name, cell => isNew = cell.Take(found));
        return isNew;
    }

    /// <summary>A check is not run, because one that it needs fails.</summary>
    public void Suppress(string name, string because) => Change(name, cell => cell.Suppress(because, _time.GetUtcNow()));

    /// <summary>A check is left out.</summary>
    public void Disable(string name) => Change(name, cell => cell.Disable(_time.GetUtcNow()));

    /// <summary>A rule has acted.</summary>
    public void Note(string check, Func<HealthEntry, HealthEntry> complete)
    {
        HealthEntry entry;
        lock (_gate)
        {
            entry = _timeline.Add(_time.GetUtcNow(), HealthEntryKind.Recovery, check, complete);
        }

        Happened(entry);
    }

    private void Change(string name, Action<CheckCell> change)
    {
        var happened = new List<HealthEntry>();
        lock (_gate)
        {
            if (FindNeedsLock(name) is not { } cell)
            {
                return;
            }

            CorrectClockNeedsLock(cell);
            var before = cell.Judged;
            change(cell);
            if (cell.Judged != before)
            {
                NoteChangeNeedsLock(cell, before, happened);
            }

            CloseIncidentNeedsLock(cell, happened);
            JudgeWholeNeedsLock();
        }

        happened.ForEach(Happened);
    }

    // A clock that was ahead: nothing that has begun begins later than now, or it would not last for long enough before that time comes.
    private void CorrectClockNeedsLock(CheckCell cell)
    {
        var now = _time.GetUtcNow();
        cell.CorrectClock(now);
        _worstSince = _worstSince > now ? now : _worstSince;
        _incident = _incident?.OpenedAt > now ? _incident with { OpenedAt = now } : _incident;
    }

    private void NoteChangeNeedsLock(CheckCell cell, HealthState before, List<HealthEntry> happened)
    {
        var now = _time.GetUtcNow();
        if (cell.Judged == HealthState.Fail && _incident is null)
        {
            _incident = new HealthIncident(Guid.CreateVersion7(now), now, cell.Plan.Name);
            happened.Add(_timeline.Add(now, HealthEntryKind.IncidentOpened, cell.Plan.Name, blank => blank with { Detail = cell.Detail, Incident = _incident.Id }));
        }

        // That a check which was never judged passes is no news.
        if (before != HealthState.Unknown || cell.Judged != HealthState.Pass)
        {
            happened.Add(_timeline.Add(now, HealthEntryKind.Transition, cell.Plan.Name, blank => blank with
            {
                From = before,
                To = cell.Judged,
                Detail = cell.Detail,
                Incident = _incident?.Id,
            }));
        }
    }

    private void CloseIncidentNeedsLock(CheckCell last, List<HealthEntry> happened)
    {
        if (_incident is not { } incident || _cells.Any(cell => cell.Judged == HealthState.Fail))
        {
            return;
        }

        _incident = null;
        var now = _time.GetUtcNow();
        happened.Add(_timeline.Add(now, HealthEntryKind.IncidentClosed, incident.Check, blank => blank with
        {
            Detail = $"It took {(now - incident.OpenedAt).TotalSeconds:0} s; the last to recover was {last.Plan.Name}.",
            Incident = incident.Id,
        }));
    }

    private void JudgeWholeNeedsLock()
    {
        var worst = _cells.Max(cell => cell.Shown);
        if (worst != _worst)
        {
            (_worst, _worstSince) = (worst, _time.GetUtcNow());
        }
    }

    private CheckCell? FindNeedsLock(string name) => _cells.Find(cell => cell.Plan.Name == name);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Health;

/// <summary>
/// Has rules act: one at a time, within the limits of the rule and of all together, each action within its time, and looks afterwards whether it
/// helped. Safe for concurrent use.
/// </summary>
internal sealed class RecoveryDesk : IDisposable
{
    /// <summary>How long an action may take.</summary>
    public static readonly TimeSpan ActionTimeout = TimeSpan.FromSeconds(30);

    // What was repaired needs a moment to work again, and what only seems to be breaks again soon. Not more looks than these: other rules wait.
    private const int BadLooksMax = 3;
    private const int GoodLooksWanted = 3;

    // What has to be shown by more than the check is waited for as long as an action may take.
    private const int GoodLooksMax = 16;
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(2);

    private readonly RecoveryContext _context;
    private readonly ILogger<RecoveryDesk> _logger;
    private readonly Dictionary<string, IRecoveryAction> _actions;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RuleMemory> _memory;

    // The last call of each action, which may have been left behind; used by whoever is the one at a time.
    private readonly Dictionary<string, (Task Call, DateTimeOffset BegunAt)> _calls = new(StringComparer.Ordinal);

    /// <param name="known">What rules did before the process was started.</param>
    public RecoveryDesk(RecoveryContext context, IEnumerable<IRecoveryAction> actions, IReadOnlyDictionary<string, RuleMemory> known, ILogger<RecoveryDesk> logger)
    {
        _context = context;
        _logger = logger;
        _memory = new Dictionary<string, RuleMemory>(known, StringComparer.Ordinal);
        _actions = new Dictionary<string, IRecoveryAction>(StringComparer.Ordinal);
        foreach (var action in actions)
        {
            _actions[action.Name] = action; // of two with one name the later, which is the application's
        }
    }

    /// <summary>Told before a rule acts, when that has been noted: what ends the process in the middle of a repair must not be forgotten.</summary>
    public Action Beginning { get; set; } = () => { };

    /// <summary>Told what each rule did, before whoever asked for it.</summary>
    public Func<RecoveryReport, ValueTask> Reported { get; set; } = _ => ValueTask.CompletedTask;

    private DateTimeOffset Now => _context.Time.GetUtcNow();

    public IReadOnlyList<RuleStatus> Statuses()
    {
        var options = _context.Options();
        lock (_gate)
        {
            CorrectClockNeedsLock();
            return [.. options.Rules.Select(rule => StatusNeedsLock(rule, options))];
        }
    }

    /// <summary>What has to survive the process: of the rules that there are, and of those that count for the limit of all.</summary>
    public IReadOnlyDictionary<string, RuleMemory> Remember()
    {
        var rules = _context.Options().Rules.Select(rule => rule.Name).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            return _memory.Where(one => rules.Contains(one.Key) || one.Value.InHour(Now) > 0).ToDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal);
        }
    }

    /// <summary>Whether a rule's check is as it must be for it to act.</summary>
    public bool Applies(RecoveryRule rule) =>
        IsSeen(rule) && RecoveryJudge.Applies(rule, StateOf(rule.Check), rule.While is { } other ? StateOf(other).State : null, Now);

    /// <summary>Has a rule act, unless it rests or recovery is switched off; then it answers with null.</summary>
    /// <param name="by">Who wants it, and why; null: its check does.</param>
    public async Task<RecoveryReport?> RunAsync(RecoveryRule rule, (string Actor, string? Reason)? by, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            var options = _context.Options();
            if (!options.RecoveryEnabled || !TryBegin(rule, options))
            {
                return null;
            }

            Beginning();

            // Of the incident that is open now: by the time it is known whether it helped, it may be over.
            var incident = _context.Board.Snapshot().Incident?.Id;

            // Who asked may hang up: what has begun is done to its end, and told.
            var report = await ActAsync(rule, by, by is null ? cancellationToken : CancellationToken.None);
            return await EndAsync(report with { Incident = incident });
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private bool TryBegin(RecoveryRule rule, HealthOptions options)
    {
        lock (_gate)
        {
            CorrectClockNeedsLock();
            var status = StatusNeedsLock(rule, options);
            if (status.RestsUntil is not null)
            {
                return false;
            }

            _memory[rule.Name] = status.Memory.Began(Now);
            return true;
        }
    }

    private async Task<RecoveryReport> ActAsync(RecoveryRule rule, (string Actor, string? Reason)? by, CancellationToken cancellationToken)
    {
        var (at, done, dry) = (Now, new List<ActionReport>(), false);
        if (rule.Actions.Select(StillUnderWay).FirstOrDefault(one => one is not null) is { } busy)
        {
            return Report(RecoveryOutcomes.Skipped, busy);
        }

        foreach (var name in rule.Actions)
        {
            // Asked before each: what is switched off in the middle of a rule holds for what has not begun.
            var options = _context.Options();
            if (!options.RecoveryEnabled)
            {
                return Report(RecoveryOutcomes.Skipped, $"{Said()} Recovery was switched off before {name}.".TrimStart());
            }

            dry |= options.DryRun;
            done.Add(options.DryRun ? new ActionReport(name, Done: false, "not done: a dry run") : await DoAsync(rule, name, cancellationToken));
            if (!options.DryRun && !done[^1].Done)
            {
                return Report(RecoveryOutcomes.Failed, done[^1].Detail);
            }
        }

        var outcome = dry ? RecoveryOutcomes.DryRun : await VerifyAsync(rule, [.. done.Select(action => action.Helped).OfType<Func<bool?>>()], cancellationToken);
        return Report(dry || done.Exists(action => action.Acted) ? outcome : RecoveryOutcomes.NotNeeded, Said());

        string Said() => string.Join(' ', done.Select(action => action.Detail));
        RecoveryReport Report(string outcome, string detail) => new(rule, outcome, done, HealthDetail.Cut(detail), at, by);
    }

    /// <summary>That an action which was left behind has not ended, in a sentence; null: it may begin.</summary>
    private string? StillUnderWay(string name) => _calls.TryGetValue(name, out var last) && !last.Call.IsCompleted
        ? $"{name} has been under way since {last.BegunAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC and is not begun again before it has ended."
        : null;

    private async Task<ActionReport> DoAsync(RecoveryRule rule, string name, CancellationToken cancellationToken)
    {
        if (!_actions.TryGetValue(name, out var action))
        {
            return new ActionReport(name, Done: false, $"There is no action '{name}' here.");
        }

        using var timer = new CancellationTokenSource(ActionTimeout, _context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            // On a thread of the pool, and left behind when its time is over: one that hangs must not keep the others from acting.
            var why = CallOf(rule);
            var call = Task.Run(() => action.ExecuteAsync(why, stop.Token).AsTask(), CancellationToken.None);
            _calls[name] = (call, Now);
            var result = await call.WaitAsync(stop.Token);
            return new ActionReport(name, Done: true, HealthDetail.Cut(result.Detail), result.Acted) { Helped = result.Helped };
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.ActionFailed(fault, name, rule.Name);
            return new ActionReport(name, Done: false, fault is RecoveryRefusedException ? fault.Message : $"{name} failed ({fault.GetType().Name}); the log says why.");
        }
    }

    private async Task<string> VerifyAsync(RecoveryRule rule, IReadOnlyList<Func<bool?>> helped, CancellationToken cancellationToken)
    {
        for (int good = 0, bad = 0; ;)
        {
            if (await _context.Scheduler.RunNowAsync(rule.Check, cancellationToken) is not { } found)
            {
                return RecoveryOutcomes.Done;
            }

            if (found.State < rule.State)
            {
                good++;
            }
            else
            {
                bad = good > 0 ? BadLooksMax : bad + 1; // it was better, and did not stay so
            }

            if (bad == BadLooksMax)
            {
                return RecoveryOutcomes.NotRepaired;
            }

            if (good >= GoodLooksWanted && (Shown(helped) ?? (good == GoodLooksMax ? RecoveryOutcomes.NotRepaired : null)) is { } outcome)
            {
                return outcome;
            }

            await Task.Delay(LookPeriod, _context.Time, cancellationToken);
        }
    }

    /// <summary>What has been shown beside the better check; null: it may be yet.</summary>
    private static string? Shown(IReadOnlyList<Func<bool?>> helped)
    {
        var shown = helped.Select(one => one()).ToArray();
        return shown.Contains(false) ? null : shown.Contains(null) ? RecoveryOutcomes.Done : RecoveryOutcomes.Repaired;
    }

    private async Task<RecoveryReport> EndAsync(RecoveryReport report)
    {
        lock (_gate)
        {
            _memory[report.Rule.Name] = _memory[report.Rule.Name].Ended(report.Outcome);
        }

        _logger.Recovered(report.Rule.Name, report.Rule.Check, string.Join(", ", report.Rule.Actions), report.Outcome, report.Detail);
        _context.Board.Note(report.Rule.Check, blank => blank with
        {
            Detail = report.Detail,
            Rule = report.Rule.Name,
            Actions = report.Rule.Actions,
            Outcome = report.Outcome,
            Incident = report.Incident,
        });
        await Reported(report);
        return report;
    }

    private void CorrectClockNeedsLock()
    {
        var now = Now;
        foreach (var (rule, memory) in _memory.ToArray())
        {
            _memory[rule] = memory.NotAfter(now);
        }
    }

    private RuleStatus StatusNeedsLock(RecoveryRule rule, HealthOptions options)
    {
        var (now, memory) = (Now, _memory.GetValueOrDefault(rule.Name, RuleMemory.Empty));
        return new RuleStatus(rule, memory, memory.InHour(now), RecoveryJudge.RestsUntil(rule, memory, [.. _memory.Values.SelectMany(one => one.Runs)], options.PerHour, now));
    }

    private RecoveryCall CallOf(RecoveryRule rule)
    {
        var snapshot = _context.Board.Snapshot();
        var about = snapshot.Checks.Where(check => rule.Check == RecoveryRule.AnyCheck ? check.State == snapshot.State : check.Plan.Name == rule.Check).ToArray();
        var details = about.Where(check => check.Detail is not null).Select(check => rule.Check == RecoveryRule.AnyCheck ? $"{check.Plan.Name}: {check.Detail}" : check.Detail).ToArray();
        return new RecoveryCall(rule.Name, rule.Check, HealthStates.NameOf(StateOf(rule.Check).State), details.Length == 0 ? null : string.Join(' ', details));
    }

    // What is known from before the last start alone is no reason to act.
    private bool IsSeen(RecoveryRule rule) => rule.Check == RecoveryRule.AnyCheck
        ? _context.Board.Snapshot().Checks.Any(check => check.State >= rule.State && check.Last is not null)
        : _context.Board.Find(rule.Check) is { Last: not null };

    private (HealthState State, DateTimeOffset? Since) StateOf(string check)
    {
        if (check == RecoveryRule.AnyCheck)
        {
            var whole = _context.Board.Snapshot();
            return (whole.State, whole.Since);
        }

        return _context.Board.Find(check) is { } status ? (status.State, status.Since) : (HealthState.Unknown, null);
    }
}

/// <summary>What recovery works with.</summary>
internal sealed record RecoveryContext(HealthBoard Board, HealthScheduler Scheduler, Func<HealthOptions> Options, TimeProvider Time);

/// <summary>An action was not done, for a reason that everybody may read who sees the health.</summary>
internal sealed class RecoveryRefusedException(string message) : Exception(message);

using Holdfast.Health;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>Checks, board and recovery on a clock that a test moves. Nothing runs by itself: a test says what was found, and when rules look.</summary>
internal sealed class HealthRig : IDisposable
{
    private readonly Dictionary<string, TrialCheck> _checks;

    public HealthRig(IEnumerable<RecoveryRule> rules, HealthMemory? known = null, params CheckPlan[] more)
    {
        Options = new HealthOptions { Rules = [.. rules] };
        var names = Options.Rules.Select(rule => rule.Check).Where(name => name != RecoveryRule.AnyCheck).Concat(Options.Rules.Select(rule => rule.While).OfType<string>()).Concat(["storage"]).Distinct();
        _checks = names.ToDictionary(name => name, _ => new TrialCheck(), StringComparer.Ordinal);
        Board = new HealthBoard([.. _checks.Select(one => new CheckPlan(one.Key, one.Value)), .. more], known ?? new HealthMemory(), Clock) { Happened = Happened.Add };
        Scheduler = new HealthScheduler(Board, () => Options, Clock, () => 0.5, new RecordingLogger<HealthScheduler>());
        Desk = new RecoveryDesk(new RecoveryContext(Board, Scheduler, () => Options, new HastyTime(Clock, upTo: TimeSpan.FromSeconds(2))), [Action], known?.Rules ?? new Dictionary<string, RuleMemory>(), new RecordingLogger<RecoveryDesk>())
        {
            Reported = report =>
            {
                Reports.Add(report);
                return ValueTask.CompletedTask;
            },
        };
        Worker = new RecoveryWorker(Desk, () => Options, Clock);
    }

    public ManualTimeProvider Clock { get; } = new(Some.Instant);

    public HealthOptions Options { get; set; }

    public HealthBoard Board { get; }

    public HealthScheduler Scheduler { get; }

    public RecoveryDesk Desk { get; }

    public RecoveryWorker Worker { get; }

    /// <summary>The one action that there is: <c>repair</c>.</summary>
    public TrialRepair Action { get; } = new();

    public List<HealthEntry> Happened { get; } = [];

    public List<RecoveryReport> Reports { get; } = [];

    public TrialCheck Check(string name) => _checks[name];

    /// <summary>A run of a check has found this, so many times.</summary>
    public void Found(string check, HealthState state, int times = 1)
    {
        Check(check).Finds = state;
        for (; times > 0; times--)
        {
            Board.Take(check, new CheckObservation(state, state == HealthState.Pass ? null : $"{check} is {state}.", CheckObservation.NoValues, Clock.GetUtcNow(), TimeSpan.Zero));
        }
    }

    /// <summary>The rules look, and what they begin is waited for. What it waits for in between costs no time.</summary>
    public Task LookAsync() => Worker.LookAsync(TestContext.Current.CancellationToken);

    public void Dispose() => Desk.Dispose();
}

/// <summary>Repairs what a test says, and counts.</summary>
internal sealed class TrialRepair : IRecoveryAction
{
    public string Name => "repair";

    public int Calls { get; private set; }

    /// <summary>False: it finds nothing to do.</summary>
    public bool Acts { get; set; } = true;

    /// <summary>What it says that it has done.</summary>
    public string Says { get; set; } = "It was repaired.";

    /// <summary>What shows beside the check that it helped.</summary>
    public Func<bool?>? Helped { get; set; }

    public Func<RecoveryCall, CancellationToken, Task> Repair { get; set; } = (_, _) => Task.CompletedTask;

    public async ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        Calls++;
        await Repair(call, cancellationToken);
        return new RecoveryResult(Says, Acts) { Helped = Helped };
    }
}

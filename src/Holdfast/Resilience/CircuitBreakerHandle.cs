using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>
/// The circuit breaker of one dependency: its state, its numbers and its manual control. Pipelines share it by their options, and it
/// outlives them: a reload changes the thresholds and keeps an open circuit open. Safe for concurrent use.
/// </summary>
public sealed class CircuitBreakerHandle
{
    /// <summary>Moves that are remembered: the last 100.</summary>
    public const int TransitionsKept = 100;

    /// <summary>The longest break that can be asked for by hand: a year. What should stay away longer is isolated.</summary>
    public static readonly TimeSpan TripDurationMax = TimeSpan.FromDays(365);

    // Read by every call, written only when something is wrong: calls that succeed on a closed circuit share no line that anyone writes.
    private readonly CircuitMachine _machine;
    private readonly CallCounters _calls = new();
    private readonly TimeProvider _time;
    private readonly long _madeAt;

    // Everything else happens under the lock.
    private readonly Lock _gate = new();
    private readonly CircuitJournal _journal = new(TransitionsKept);
    private readonly TransitionObservers _observers;
    private readonly TransitionReports _reports;

    /// <summary>Makes a breaker, closed.</summary>
    /// <param name="name">Name of the dependency.</param>
    /// <param name="options">Its settings; null: the defaults. A pipeline that is built upon the handle sets them again.</param>
    /// <param name="time">Where all time comes from; null: the system's.</param>
    /// <param name="logger">Hears of observers that throw; null: they are only counted.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">A setting is out of its range.</exception>
    public CircuitBreakerHandle(string name, CircuitBreakerOptions? options = null, TimeProvider? time = null, ILogger? logger = null)
        : this(name, options, time ?? TimeProvider.System, new TransitionObservers(logger ?? NullLogger.Instance))
    {
    }

    internal CircuitBreakerHandle(string name, CircuitBreakerOptions? options, TimeProvider time, TransitionObservers observers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        _machine = new CircuitMachine((options ?? new CircuitBreakerOptions()).Validated());
        _time = time;
        _madeAt = _time.GetTimestamp();
        _observers = observers;
        _reports = new TransitionReports(observers);
    }

    /// <summary>Name of the dependency.</summary>
    public string Name { get; }

    /// <summary>The state. An open circuit whose break is over stays open until a call comes.</summary>
    public CircuitState State => _machine.Word.State;

    internal Exception? LastFailure => _journal.LastFailure;

    // Monotonic: an operator who sets the wall clock neither shortens nor lengthens a break.
    private TimeSpan Now => _time.GetElapsedTime(_madeAt);

    /// <summary>Everything about the breaker at one instant.</summary>
    public CircuitBreakerSnapshot Snapshot()
    {
        lock (_gate)
        {
            var word = _machine.Word;
            return new CircuitBreakerSnapshot
            {
                Name = Name,
                State = word.State,
                Options = _machine.Options,
                Generation = word.Generation,
                ConsecutiveFailures = _machine.Failures,
                HalfOpenSuccesses = _machine.Successes,
                Probes = _machine.Probes,
                Totals = _calls.Read(_journal.Opened),
                LastFailureAt = _journal.LastFailureAt,
                LastFailure = FailureText.Of(_journal.LastFailure),
                OpenedAt = _journal.OpenedAt,
                NextAttemptAt = word.State == CircuitState.Open ? _time.GetUtcNow() + BreakLeft() : null,
                Transitions = _journal.Transitions(),
                ObserverFaults = _observers.Faults,
                TransitionsUntold = _reports.Untold,
            };
        }
    }

    /// <summary>Tells the observer of every move, in order and outside of any lock, until it is disposed of. It should not take long.</summary>
    public IDisposable Subscribe(Action<CircuitTransition> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return _observers.Subscribe(observer);
    }

    /// <summary>Closes the circuit, whatever its state.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    /// <param name="reason">Why, for the audit.</param>
    public void Reset(string actor, string reason) => MoveByHand(actor, reason, null, static (machine, _) => machine.Reset());

    /// <summary>Lets nothing through until <see cref="Reset"/>. Calls are rejected with <see cref="IsolatedCircuitException"/>.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    /// <param name="reason">Why, for the audit.</param>
    public void Isolate(string actor, string reason) => MoveByHand(actor, reason, null, static (machine, _) => machine.Isolate());

    /// <summary>Opens the circuit for a while; then it is probed as after any break.</summary>
    /// <param name="duration">How long, above zero and at most <see cref="TripDurationMax"/>.</param>
    /// <param name="actor">Who does it, for the audit.</param>
    /// <param name="reason">Why, for the audit.</param>
    public void Trip(TimeSpan duration, string actor, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, TripDurationMax);
        MoveByHand(actor, reason, duration, (machine, now) => machine.Open(now + duration));
    }

    /// <summary>Takes new settings and keeps the state: an open circuit stays open until the end it was opened with.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">A setting is out of its range; nothing was changed.</exception>
    public void Configure(CircuitBreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validated();
        lock (_gate)
        {
            _machine.Configure(options);
        }
    }

    /// <summary>Starts the counters again at 0. The state, the failures in a row and the history stay.</summary>
    public void ResetCounters()
    {
        lock (_gate)
        {
            _calls.Reset();
            _journal.ResetCounters();
        }
    }

    /// <summary>Lets a call in, without a lock, when every call may pass.</summary>
    internal bool TryEnterFreely(out CircuitPermit permit)
    {
        var word = _machine.Word;
        permit = new CircuitPermit(word, TimeSpan.Zero);
        return word.AdmitsAll;
    }

    /// <summary>A call wants in that <see cref="TryEnterFreely"/> did not let in. When the answer says so, it has to tell of a move.</summary>
    internal CircuitEntry Enter<TReporter>(in TReporter reporter, out bool tell)
        where TReporter : ITransitionReporter
    {
        tell = false;
        var now = Now;
        if (!TryReject(now, out var entry))
        {
            entry = EnterLocked(now, reporter, out tell);
        }

        if (!entry.Admitted)
        {
            _calls.CountRejected();
        }

        return entry;
    }

    /// <summary>Lets a call leave, without a lock, when its end changes nothing but a counter.</summary>
    internal bool TryLeaveFreely(CircuitPermit permit, CallVerdict verdict)
    {
        if (_machine.Word != permit.Word)
        {
            _calls.CountStale();
            return true;
        }

        if (!permit.Word.AdmitsAll || verdict == CallVerdict.Failure || (verdict == CallVerdict.Success && _machine.HasFailures))
        {
            return false;
        }

        _calls.Count(verdict);
        return true;
    }

    /// <summary>A call leaves that <see cref="TryLeaveFreely"/> did not let leave. True: it has to tell of a move.</summary>
    internal bool Leave<TReporter>(CircuitPermit permit, CallVerdict verdict, Exception? failure, in TReporter reporter)
        where TReporter : ITransitionReporter
    {
        lock (_gate)
        {
            if (!_machine.Leave(permit, verdict, Now))
            {
                _calls.CountStale();
                return false;
            }

            _calls.Count(verdict);
            if (verdict == CallVerdict.Failure)
            {
                _journal.NoteFailure(failure, _time.GetUtcNow());
            }

            return _machine.Word != permit.Word && ReportNeedsLock(Automatic(permit.Word.State), reporter);
        }
    }

    /// <summary>Tells of the moves that wait to be told.</summary>
    internal ValueTask TellAsync() => _reports.TellAsync();

    /// <summary>The way most calls of an outage go: without the lock, because the end of a break is written before the word that says open.</summary>
    private bool TryReject(TimeSpan now, out CircuitEntry entry)
    {
        var word = _machine.Word;
        var left = _machine.BreakEndsAt - now;
        entry = new CircuitEntry(false, default, left);
        return word.State == CircuitState.Open && !word.PassesThrough && left > TimeSpan.Zero;
    }

    private CircuitEntry EnterLocked<TReporter>(TimeSpan now, in TReporter reporter, out bool tell)
        where TReporter : ITransitionReporter
    {
        lock (_gate)
        {
            var from = State;
            var entry = _machine.Enter(now);
            tell = State != from && ReportNeedsLock(Automatic(from), reporter);
            return entry;
        }
    }

    private void MoveByHand(string actor, string reason, TimeSpan? breakDuration, Action<CircuitMachine, TimeSpan> move)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        bool tell;
        lock (_gate)
        {
            var from = State;
            move(_machine, Now);
            tell = ReportNeedsLock(
                Transition(from, CircuitTransitionCause.Manual) with { Actor = actor, Reason = reason, BreakDuration = breakDuration }, default(NoReporter));
        }

        if (tell)
        {
            // Observers have been told when this returns. Only a handler of a pipeline that has a move of its own to tell and waits for
            // something goes on in the background; nothing is lost with it, because telling does not throw.
            _ = TellAsync().AsTask();
        }
    }

    private bool ReportNeedsLock<TReporter>(CircuitTransition transition, in TReporter reporter)
        where TReporter : ITransitionReporter
    {
        _journal.Note(transition);
        return _reports.Add(transition, reporter);
    }

    private CircuitTransition Automatic(CircuitState from) => (from, State) switch
    {
        (CircuitState.Closed, _) => Opened(from, CircuitTransitionCause.Failures),
        (CircuitState.HalfOpen, CircuitState.Open) => Opened(from, CircuitTransitionCause.ProbeFailed),
        (CircuitState.HalfOpen, _) => Transition(from, CircuitTransitionCause.ProbesSucceeded),
        _ => Transition(from, CircuitTransitionCause.BreakOver),
    };

    private CircuitTransition Opened(CircuitState from, CircuitTransitionCause cause) =>
        Transition(from, cause) with { BreakDuration = _machine.Options.BreakDuration, Failure = FailureText.Of(_journal.LastFailure) };

    private CircuitTransition Transition(CircuitState from, CircuitTransitionCause cause) => new()
    {
        Breaker = Name,
        From = from,
        To = State,
        At = _time.GetUtcNow(),
        Generation = _machine.Word.Generation,
        Cause = cause,
    };

    private TimeSpan BreakLeft()
    {
        var left = _machine.BreakEndsAt - Now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

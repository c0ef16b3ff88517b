using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>What a call came to, as far as the circuit cares.</summary>
internal enum CallVerdict
{
    /// <summary>The dependency answered.</summary>
    Success,

    /// <summary>The dependency failed.</summary>
    Failure,

    /// <summary>The caller gave up: says nothing about the dependency.</summary>
    Cancelled,

    /// <summary>Says nothing about the dependency for another reason: a bad row, for example.</summary>
    Ignored,
}

/// <summary>Answer to a call that wants in. A call that is let in hands its permit back when it leaves.</summary>
/// <param name="Admitted">Whether it may pass.</param>
/// <param name="Permit">What applied when it was let in.</param>
/// <param name="RetryAfter">When asking again may help; null while the circuit is isolated.</param>
internal readonly record struct CircuitEntry(bool Admitted, CircuitPermit Permit, TimeSpan? RetryAfter);

/// <summary>
/// The state table of the breaker and nothing else: no clock, no lock, no counters. Instants are given as the time since the owner was
/// made. The owner holds its lock around every method; only <see cref="Word"/>, <see cref="HasFailures"/> and
/// <see cref="BreakEndsAt"/> may be read without it.
/// </summary>
internal sealed class CircuitMachine(CircuitBreakerOptions options)
{
    private CircuitBreakerOptions _options = options;
    private long _word = new CircuitWord(0).Next(CircuitState.Closed, !options.Enabled).Value;
    private readonly List<TimeSpan> _leaseEnds = [];
    private long _breakEndsAtTicks;
    private int _failures;

    /// <summary>State and generation.</summary>
    public CircuitWord Word => new(Volatile.Read(ref _word));

    /// <summary>There were failures since the last success.</summary>
    public bool HasFailures => Volatile.Read(ref _failures) != 0;

    /// <summary>The end of the last break.</summary>
    public TimeSpan BreakEndsAt => TimeSpan.FromTicks(Volatile.Read(ref _breakEndsAtTicks));

    /// <summary>The settings in effect.</summary>
    public CircuitBreakerOptions Options => _options;

    /// <summary>Failures in a row while closed; below the threshold.</summary>
    public int Failures => _failures;

    /// <summary>Probes that succeeded since the circuit became half-open.</summary>
    public int Successes { get; private set; }

    /// <summary>Probes on their way.</summary>
    public int Probes => _leaseEnds.Count;

    private CircuitState State => Word.State;

    /// <summary>A call wants in.</summary>
    public CircuitEntry Enter(TimeSpan now)
    {
        if (Word.AdmitsAll)
        {
            return Admit(TimeSpan.Zero);
        }

        if (State == CircuitState.Isolated)
        {
            return Reject(null);
        }

        if (State == CircuitState.Open)
        {
            if (now < BreakEndsAt)
            {
                return Reject(BreakEndsAt - now);
            }

            Move(CircuitState.HalfOpen);
        }

        return EnterHalfOpen(now);
    }

    /// <summary>A call that was let in has ended. False: it belongs to an earlier generation and changes nothing.</summary>
    public bool Leave(CircuitPermit permit, CallVerdict verdict, TimeSpan now)
    {
        if (permit.Word != Word)
        {
            return false;
        }

        if (permit.Word.PassesThrough)
        {
            return true;
        }

        if (permit.Word.State == CircuitState.Closed)
        {
            LeaveClosed(verdict, now);
        }
        else
        {
            // Of two probes with the same end it makes no difference which of the two goes.
            _leaseEnds.Remove(permit.LeaseEndsAt);
            LeaveHalfOpen(verdict, now);
        }

        return true;
    }

    /// <summary>Closes the circuit.</summary>
    public void Reset() => Move(CircuitState.Closed);

    /// <summary>Lets nothing through until <see cref="Reset"/>.</summary>
    public void Isolate() => Move(CircuitState.Isolated);

    /// <summary>Opens the circuit until the given instant.</summary>
    public void Open(TimeSpan until)
    {
        Volatile.Write(ref _breakEndsAtTicks, until.Ticks);
        Move(CircuitState.Open);
    }

    /// <summary>
    /// Takes new settings and keeps the state: an open circuit stays open until the end it was opened with. Counts that would be at a
    /// lower threshold already are cut to just below it, because a new setting is no evidence: it neither opens nor closes, and a
    /// half-open circuit that counted past its threshold would let no probe in any more.
    /// </summary>
    public void Configure(CircuitBreakerOptions options)
    {
        _options = options;
        Volatile.Write(ref _failures, Math.Min(_failures, options.FailureThreshold - 1));
        Successes = Math.Min(Successes, options.SuccessThreshold - 1);
        if (Word.PassesThrough == options.Enabled)
        {
            _leaseEnds.Clear();
            NextGeneration(State);
        }
    }

    private CircuitEntry EnterHalfOpen(TimeSpan now)
    {
        if (Probes > 0 && now >= _leaseEnds.Min())
        {
            // One of them hangs. Whoever held a place has lost it: an answer that still comes is stale.
            _leaseEnds.Clear();
            NextGeneration(CircuitState.HalfOpen);
        }

        if (Probes >= _options.HalfOpenMaxConcurrency || Probes + Successes >= _options.SuccessThreshold)
        {
            return Reject(_leaseEnds.Min() - now);
        }

        var leaseEndsAt = now + _options.ProbeLease;
        _leaseEnds.Add(leaseEndsAt);
        return Admit(leaseEndsAt);
    }

    private void LeaveClosed(CallVerdict verdict, TimeSpan now)
    {
        if (verdict == CallVerdict.Success)
        {
            Volatile.Write(ref _failures, 0);
        }
        else if (verdict == CallVerdict.Failure)
        {
            Volatile.Write(ref _failures, _failures + 1);
            if (_failures >= _options.FailureThreshold)
            {
                Open(now + _options.BreakDuration);
            }
        }
    }

    private void LeaveHalfOpen(CallVerdict verdict, TimeSpan now)
    {
        if (verdict == CallVerdict.Failure)
        {
            Open(now + _options.BreakDuration);
        }
        else if (verdict == CallVerdict.Success && ++Successes >= _options.SuccessThreshold)
        {
            Move(CircuitState.Closed);
        }
    }

    private CircuitEntry Admit(TimeSpan leaseEndsAt) => new(true, new CircuitPermit(Word, leaseEndsAt), null);

    private static CircuitEntry Reject(TimeSpan? retryAfter) => new(false, default, retryAfter);

    private void Move(CircuitState state)
    {
        Volatile.Write(ref _failures, 0);
        Successes = 0;
        _leaseEnds.Clear();
        NextGeneration(state);
    }

    // Last of all: whoever sees the new word sees everything that belongs to it.
    private void NextGeneration(CircuitState state) => Volatile.Write(ref _word, Word.Next(state, !_options.Enabled).Value);
}

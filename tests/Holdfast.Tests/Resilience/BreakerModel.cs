using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>What a breaker must do, written down as plainly as possible: one thread, no locks, whole seconds, every call remembered.</summary>
internal sealed class BreakerModel
{
    public const int Break = 60;
    public const int Lease = 30;

    private int _now;
    private int _until;
    private int _lease;

    public CircuitState State { get; private set; } = CircuitState.Closed;

    public int Generation { get; private set; } = 1;

    public int Failures { get; private set; }

    public int Successes { get; private set; }

    public int Probes { get; private set; }

    public int FailureThreshold { get; private set; } = 5;

    public int SuccessThreshold { get; private set; } = 2;

    public int Concurrency { get; private set; } = 1;

    public bool On { get; private set; } = true;

    public Dictionary<string, int> Counts { get; } = new()
    {
        ["success"] = 0,
        ["failure"] = 0,
        ["cancelled"] = 0,
        ["ignored"] = 0,
        ["rejected"] = 0,
        ["stale"] = 0,
    };

    public void Advance(int seconds) => _now += seconds;

    /// <summary>The generation the call belongs to, or null when it is rejected.</summary>
    public int? Begin()
    {
        if (On && State == CircuitState.Open && _now >= _until)
        {
            Move(CircuitState.HalfOpen);
        }

        if (On && State == CircuitState.HalfOpen && Probes > 0 && _now >= _lease)
        {
            Generation++;
            Probes = 0;
        }

        var room = State == CircuitState.HalfOpen && Probes < Concurrency && Probes + Successes < SuccessThreshold;
        if (On && State != CircuitState.Closed && !room)
        {
            Counts["rejected"]++;
            return null;
        }

        if (On && room)
        {
            Probes++;
            _lease = _now + Lease;
        }

        return Generation;
    }

    public void End(int generation, string result)
    {
        Counts[generation == Generation ? result : "stale"]++;
        if (generation != Generation || !On)
        {
            return;
        }

        if (State == CircuitState.HalfOpen)
        {
            Probes--;
        }

        switch (State, result)
        {
            case (CircuitState.Closed, "success"):
                Failures = 0;
                break;
            case (CircuitState.Closed, "failure") when ++Failures >= FailureThreshold:
            case (CircuitState.HalfOpen, "failure"):
                Trip(Break);
                break;
            case (CircuitState.HalfOpen, "success") when ++Successes >= SuccessThreshold:
                Move(CircuitState.Closed);
                break;
        }
    }

    public void Trip(int seconds)
    {
        Move(CircuitState.Open);
        _until = _now + seconds;
    }

    public void Move(CircuitState state)
    {
        State = state;
        Generation++;
        (Failures, Successes, Probes) = (0, 0, 0);
    }

    public void Reload(int failures, int successes, int concurrency, bool on)
    {
        (FailureThreshold, SuccessThreshold, Concurrency) = (failures, successes, concurrency);
        Failures = Math.Min(Failures, failures - 1);
        Successes = Math.Min(Successes, successes - 1);
        if (On != on)
        {
            (On, Probes) = (on, 0);
            Generation++;
        }
    }
}

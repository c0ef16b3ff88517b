using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>
/// What a breaker must do, written down from the state table as plainly as possible: one thread, no locks, whole seconds, every probe
/// remembered with the end of its own lease.
/// </summary>
internal sealed class BreakerModel
{
    public const int Break = 60;
    public const int Lease = 30;

    private readonly List<ModelCall> _probes = [];
    private int _now;
    private int _until;

    public CircuitState State { get; private set; } = CircuitState.Closed;

    public int Generation { get; private set; } = 1;

    public int Failures { get; private set; }

    public int Successes { get; private set; }

    public int Probes => _probes.Count;

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

    /// <summary>The call, or null when it is rejected.</summary>
    public ModelCall? Begin()
    {
        if (On && State == CircuitState.Open && _now >= _until)
        {
            Move(CircuitState.HalfOpen);
        }

        if (On && State == CircuitState.HalfOpen && _probes.Exists(probe => _now >= probe.LeaseEnd))
        {
            Generation++;
            _probes.Clear();
        }

        var call = new ModelCall(Generation, _now + Lease);
        if (!On || State == CircuitState.Closed)
        {
            return call;
        }

        if (State == CircuitState.HalfOpen && Probes < Concurrency && Probes + Successes < SuccessThreshold)
        {
            _probes.Add(call);
            return call;
        }

        Counts["rejected"]++;
        return null;
    }

    public void End(ModelCall call, string result)
    {
        Counts[call.Generation == Generation ? result : "stale"]++;
        if (call.Generation != Generation || !On)
        {
            return;
        }

        _probes.Remove(call);
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
        (Failures, Successes) = (0, 0);
        _probes.Clear();
    }

    public void Reload(int failures, int successes, int concurrency, bool on)
    {
        (FailureThreshold, SuccessThreshold, Concurrency) = (failures, successes, concurrency);
        Failures = Math.Min(Failures, failures - 1);
        Successes = Math.Min(Successes, successes - 1);
        if (On != on)
        {
            On = on;
            Generation++;
            _probes.Clear();
        }
    }
}

/// <summary>A call that was let in. Two of them are never the same, even when everything about them is.</summary>
internal sealed class ModelCall(int generation, int leaseEnd)
{
    public int Generation { get; } = generation;

    public int LeaseEnd { get; } = leaseEnd;
}

using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>What a breaker remembers of its life: the last moves, the last failure, how often it opened. Its owner holds its lock around it.</summary>
internal sealed class CircuitJournal(int transitionsMax)
{
    private readonly Queue<CircuitTransition> _transitions = new(transitionsMax);
    private volatile Exception? _lastFailure;

    /// <summary>May be read without the lock: every rejected call carries it.</summary>
    public Exception? LastFailure => _lastFailure;

    public DateTimeOffset? LastFailureAt { get; private set; }

    public DateTimeOffset? OpenedAt { get; private set; }

    public long Opened { get; private set; }

    public void NoteFailure(Exception? failure, DateTimeOffset at) => (_lastFailure, LastFailureAt) = (failure, at);

    public void Note(CircuitTransition transition)
    {
        if (_transitions.Count == transitionsMax)
        {
            _transitions.Dequeue();
        }

        _transitions.Enqueue(transition);
        if (transition.To == CircuitState.Open)
        {
            Opened++;
            OpenedAt = transition.At;
        }
    }

    public CircuitTransition[] Transitions() => [.. _transitions];

    /// <summary>Forgets what is counted and the last failure. The moves stay: they are part of the audit.</summary>
    public void ResetCounters() => (Opened, _lastFailure, LastFailureAt) = (0, null, null);
}

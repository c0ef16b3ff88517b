using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>
/// State, pass-through and generation of a circuit in one word, so that one read without a lock tells a call what applies to it, and
/// one comparison whether anything has moved since it was let in.
/// </summary>
internal readonly record struct CircuitWord(long Value)
{
    private const int StateMask = 3;
    private const int PassThroughBit = 4;
    private const int GenerationShift = 3;

    /// <summary>The state.</summary>
    public CircuitState State => (CircuitState)(Value & StateMask);

    /// <summary>The breaker is switched off: calls pass whatever the state.</summary>
    public bool PassesThrough => (Value & PassThroughBit) != 0;

    /// <summary>Grows with every move.</summary>
    public long Generation => Value >> GenerationShift;

    /// <summary>Every call may pass.</summary>
    public bool AdmitsAll => (Value & StateMask) == (long)CircuitState.Closed || PassesThrough;

    /// <summary>The word after a move.</summary>
    public CircuitWord Next(CircuitState state, bool passesThrough) =>
        new(((Generation + 1) << GenerationShift) | (passesThrough ? PassThroughBit : 0L) | (long)state);
}

/// <summary>What a call that was let in hands back when it leaves.</summary>
/// <param name="Word">What applied when it was let in.</param>
/// <param name="LeaseEndsAt">When it loses its place, if it is a probe. Each probe has an end of its own: later ones would renew a common one for ever.</param>
internal readonly record struct CircuitPermit(CircuitWord Word, TimeSpan LeaseEndsAt);

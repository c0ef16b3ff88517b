using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Holdfast.Resilience;

/// <summary>Who wants to be told of moves. An observer that throws is logged and counted, and costs the others nothing.</summary>
/// <param name="logger">Hears of observers that throw.</param>
/// <param name="everywhere">Who wants to be told of the moves of this breaker because he wants those of all; null: nobody does.</param>
internal sealed class TransitionObservers(ILogger logger, TransitionObservers? everywhere = null)
{
    private ImmutableList<Action<CircuitTransition>> _observers = [];
    private long _faults;

    public long Faults => Interlocked.Read(ref _faults);

    public IDisposable Subscribe(Action<CircuitTransition> observer)
    {
        // Two subscriptions of one delegate are two: each is wrapped, so each leaves alone.
        Action<CircuitTransition> own = transition => observer(transition);
        ImmutableInterlocked.Update(ref _observers, static (all, one) => all.Add(one), own);
        return new Subscription(() => ImmutableInterlocked.Update(ref _observers, static (all, one) => all.Remove(one), own));
    }

    public void Tell(CircuitTransition transition)
    {
        TellEach(Volatile.Read(ref _observers), transition);
        if (everywhere is not null)
        {
            // Told by this breaker, so that its numbers show whoever throws at its moves.
            TellEach(Volatile.Read(ref everywhere._observers), transition);
        }
    }

    public void NoteFault(Exception fault, CircuitTransition transition)
    {
        Interlocked.Increment(ref _faults);
        logger.ObserverFailed(fault, transition.EventType, transition.Breaker);
    }

    private void TellEach(ImmutableList<Action<CircuitTransition>> observers, CircuitTransition transition)
    {
        foreach (var observer in observers)
        {
            try
            {
                observer(transition);
            }
            catch (Exception fault)
            {
                NoteFault(fault, transition);
            }
        }
    }

    private sealed class Subscription(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}

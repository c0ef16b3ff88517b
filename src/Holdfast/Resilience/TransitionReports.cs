namespace Holdfast.Resilience;

/// <summary>Tells the handlers of one pipeline of a move that a call of this pipeline has caused.</summary>
internal interface ITransitionReporter
{
    /// <summary>A reporter that may be asked after the call has ended.</summary>
    ITransitionReporter Detach();

    /// <summary>Tells the handlers.</summary>
    ValueTask ReportAsync(CircuitTransition transition);
}

/// <summary>For a move that no call has caused.</summary>
internal readonly struct NoReporter : ITransitionReporter
{
    public ITransitionReporter Detach() => this;

    public ValueTask ReportAsync(CircuitTransition transition) => ValueTask.CompletedTask;
}

/// <summary>
/// Tells of the moves of one breaker, one after the other, in the order in which they happened. Moves are added under the breaker's
/// lock and told outside of it, by whoever added the first that waits; who adds while another tells leaves its move to that one. So an
/// observer may move the circuit itself, and nobody waits for a stranger's observer.
/// </summary>
internal sealed class TransitionReports(TransitionObservers observers)
{
    /// <summary>Moves that wait to be told. They only add up while an observer hangs; what comes then is not told, but counted, and stands in the history.</summary>
    public const int WaitingMax = 1_024;

    private readonly Lock _gate = new();
    private readonly Queue<(CircuitTransition Transition, ITransitionReporter Reporter)> _waiting = new();
    private bool _telling;
    private long _untold;

    public long Untold => Interlocked.Read(ref _untold);

    /// <summary>Adds a move. True: the caller has to tell it, with <see cref="TellAsync"/>, as soon as it has left its lock.</summary>
    public bool Add<TReporter>(CircuitTransition transition, in TReporter reporter)
        where TReporter : ITransitionReporter
    {
        lock (_gate)
        {
            if (_waiting.Count == WaitingMax)
            {
                Interlocked.Increment(ref _untold);
                return false;
            }

            var first = !_telling;
            _waiting.Enqueue((transition, first ? reporter : reporter.Detach()));
            _telling = true;
            return first;
        }
    }

    /// <summary>Tells everything that waits. Does not throw: an observer that does is logged and counted, and costs the others nothing.</summary>
    public async ValueTask TellAsync()
    {
        while (TryTake(out var next))
        {
            observers.Tell(next.Transition);
            await TellPipelineAsync(next.Reporter, next.Transition);
        }
    }

    private bool TryTake(out (CircuitTransition Transition, ITransitionReporter Reporter) next)
    {
        lock (_gate)
        {
            return _telling = _waiting.TryDequeue(out next);
        }
    }

    private async ValueTask TellPipelineAsync(ITransitionReporter reporter, CircuitTransition transition)
    {
        try
        {
            await reporter.ReportAsync(transition);
        }
        catch (Exception fault)
        {
            observers.NoteFault(fault, transition);
        }
    }
}

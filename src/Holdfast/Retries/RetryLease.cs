using Holdfast.Lifecycle;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>
/// Keeps the lease of this process: one row for all items that it holds, under an id that is new with each start. A lease that was lost is
/// never resumed, because its items may be somebody else's: the process goes on under another id.
/// </summary>
internal sealed class RetryLease(IRetryStore store, RetryEnvironment environment) : ILoop, IDisposable
{
    // Of a lease: renewals, so that two may fail.
    private const int RenewalsPerLease = 3;

    // Doubtful ids at one time. More would only come from a store that fails at every claim, and then claiming faster helps nobody.
    private const int RetiringMax = 4;

    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private readonly RetrySignal _wake = new(environment.Time);
    private readonly Lock _gate = new();

    // Under the lock; written by the loop, and by the fetcher when it retires a term.
    private readonly List<LeaseTerm> _retiring = [];
    private LeaseTerm? _current;
    private TaskCompletionSource<LeaseTerm> _begun = NewPromise();
    private bool _left;

    public string Name => "retry lease";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = await StepAsync(cancellationToken);
            await _wake.WaitAsync(pause, cancellationToken);
        }
    }

    /// <summary>The lease under which items may be claimed; waits until there is one.</summary>
    public async ValueTask<LeaseTerm> WaitAsync(CancellationToken cancellationToken)
    {
        Task<LeaseTerm> begun;
        lock (_gate)
        {
            if (ForgetLostNeedsLock())
            {
                _wake.Ring();
            }

            begun = _begun.Task;
        }

        return await begun.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Nothing more is claimed under this id: a claim failed of which nobody knows whether the store did it. What was handed out unseen
    /// would stay with a living process for ever; it goes back when the items that are known are settled and the id leaves.
    /// </summary>
    public void Retire(LeaseTerm term)
    {
        lock (_gate)
        {
            if (_current == term)
            {
                _retiring.Add(term);
                DropCurrentNeedsLock();
            }
        }

        _wake.Ring();
    }

    /// <summary>Leaves for good: everything that is still held goes back without an attempt counted.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        List<LeaseTerm> terms;
        lock (_gate)
        {
            _left = true;
            terms = _current is null ? [.. _retiring] : [.. _retiring, _current];
            _retiring.Clear();
            DropCurrentNeedsLock();
        }

        foreach (var term in terms.Where(term => term.Held))
        {
            var returned = await store.LeaveAsync(term.Process, cancellationToken);
            environment.Logger.LeaseLeft(returned);
        }
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Prolongs what there is, begins what is missing; returns how long to wait.</summary>
    private async Task<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        var (lease, began) = (environment.Options().Lease, environment.Time.GetTimestamp());
        ForgetLost();
        var well = await LeaveRetiredAsync(lease, cancellationToken);
        well &= await RenewCurrentAsync(lease, cancellationToken);

        // From when the store was asked and not from when it answered, since that is when trust begins: one that is slow to answer would be
        // asked again when little is left of it.
        var period = well ? lease / RenewalsPerLease : Shorter(AgainAfter, lease / RenewalsPerLease);
        return Longer(period - environment.Time.GetElapsedTime(began), TimeSpan.Zero);
    }

    private void ForgetLost()
    {
        lock (_gate)
        {
            ForgetLostNeedsLock();
        }
    }

    /// <summary>Whether the current one was lost.</summary>
    private bool ForgetLostNeedsLock()
    {
        foreach (var lost in _retiring.Where(term => !term.Held).ToList())
        {
            NoteLost(lost);
            _retiring.Remove(lost);
        }

        if (_current is not { Held: false } current)
        {
            return false;
        }

        NoteLost(current);
        DropCurrentNeedsLock();
        return true;
    }

    private void NoteLost(LeaseTerm term)
    {
        environment.Logger.LeaseLost(term.Items);
        term.Lose();
    }

    private async Task<bool> RenewCurrentAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        LeaseTerm term;
        lock (_gate)
        {
            if (_left || (_current is null && _retiring.Count >= RetiringMax))
            {
                return true;
            }

            term = _current ?? new LeaseTerm(Guid.CreateVersion7(environment.Time.GetUtcNow()), environment.Time);
        }

        var well = await TryRenewAsync(term, lease, cancellationToken);
        Settle(term);
        return well;
    }

    /// <summary>A new term that holds becomes the current one; a current one that does not is forgotten.</summary>
    private void Settle(LeaseTerm term)
    {
        lock (_gate)
        {
            if (!_left && _current is null && term.Held && !_retiring.Contains(term))
            {
                _current = term;
                _begun.TrySetResult(term);
            }
        }

        ForgetLost();
    }

    private async Task<bool> LeaveRetiredAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        LeaseTerm[] retiring;
        lock (_gate)
        {
            retiring = [.. _retiring];
        }

        var well = true;
        foreach (var term in retiring)
        {
            well &= term.Items > 0 ? await TryRenewAsync(term, lease, cancellationToken) : await TryLeaveAsync(term, cancellationToken);
        }

        return well;
    }

    private async Task<bool> TryLeaveAsync(LeaseTerm term, CancellationToken cancellationToken)
    {
        try
        {
            var returned = await store.LeaveAsync(term.Process, cancellationToken);
            environment.Logger.LeaseLeft(returned);
            lock (_gate)
            {
                _retiring.Remove(term);
            }

            return true;
        }
        catch (StoreUnavailableException unavailable)
        {
            environment.Logger.LeaseNotRenewed(unavailable.Code);
            return false;
        }
    }

    /// <summary>False when it has to be asked again soon.</summary>
    private async Task<bool> TryRenewAsync(LeaseTerm term, TimeSpan lease, CancellationToken cancellationToken)
    {
        var askedAt = environment.Time.GetTimestamp();
        try
        {
            // A store that does not answer is as good as none: nobody waits longer than until the next renewal is due.
            var granted = await store.RenewAsync(term.Process, environment.Node, lease, cancellationToken).AsTask()
                .WaitAsync(lease / RenewalsPerLease, environment.Time, cancellationToken);
            if (!granted || !term.Prolong(askedAt, lease))
            {
                term.Lose();
            }

            return granted;
        }
        catch (StoreUnavailableException unavailable)
        {
            environment.Logger.LeaseNotRenewed(unavailable.Code);
            return false;
        }
        catch (TimeoutException)
        {
            environment.Logger.LeaseNotRenewed("timeout");
            return false;
        }
    }

    private void DropCurrentNeedsLock()
    {
        if (_current is not null)
        {
            _current = null;
            _begun = NewPromise();
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TaskCompletionSource<LeaseTerm> NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>
/// Records outcomes together. An item that waits for its record is still leased, so a store that is away for a moment costs nothing: it is
/// asked again while the lease holds. Once it does not, nothing is recorded any more, because the item may be somebody else's.
/// </summary>
internal sealed class RetryAckWriter
{
    private const double GroupItemsMax = 256;

    // What was handed out together is recorded in one lane, so that two writes at one time never want the same lease row.
    private const int Lanes = 2;

    private static readonly BackoffSchedule Again = new(TimeSpan.FromMilliseconds(50), 2, TimeSpan.FromSeconds(1), 0.25);

    private readonly IRetryStore _store;
    private readonly RetryLease _lease;
    private readonly RetrySignal _signal;
    private readonly RetryMetrics _metrics;
    private readonly RetryEnvironment _environment;
    private readonly GroupWriter<Pending>[] _lanes;

    public RetryAckWriter(IRetryStore store, RetryLease lease, RetrySignal signal, RetryMetrics metrics, RetryEnvironment environment)
    {
        _store = store;
        _lease = lease;
        _signal = signal;
        _metrics = metrics;
        _environment = environment;
        _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new GroupWriter<Pending>(_ => 1 / GroupItemsMax, WriteAsync, Failed))];
    }

    /// <summary>Hands in an outcome; waits while two groups of its lane are under way.</summary>
    public ValueTask AddAsync(ClaimedRetry claimed, RetryAck ack) => _lanes[claimed.Token % Lanes].AddAsync(new Pending(claimed, ack), CancellationToken.None);

    /// <summary>Completes when every outcome is recorded, or known never to be.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken) => Task.WhenAll(_lanes.Select(lane => lane.WhenIdleAsync(cancellationToken)));

    /// <summary>Outcomes under one id are recorded together; there is more than one id only after a lease was lost or retired.</summary>
    private async Task WriteAsync(IReadOnlyList<Pending> group)
    {
        foreach (var byTerm in group.GroupBy(pending => pending.Claimed.Term))
        {
            await RecordAsync(byTerm.Key, [.. byTerm]);
            foreach (var pending in byTerm)
            {
                pending.Settle();
            }
        }
    }

    private async Task RecordAsync(LeaseTerm term, IReadOnlyList<Pending> group)
    {
        RetryAck[] acks = [.. group.Select(pending => pending.Ack)];
        for (var failures = 0; term.Held; failures++)
        {
            try
            {
                var results = await _store.AckAsync(term.Process, acks, term.Lost);
                Tell(group, results, askedBefore: failures > 0);
                return;
            }
            catch (StoreUnavailableException unavailable)
            {
                _environment.Logger.OutcomesNotRecorded(unavailable.Code, acks.Length);
                await PauseAsync(unavailable.RetryAfter ?? Again.Next(failures, _environment.Random), term.Lost);
            }
            catch (OperationCanceledException) when (term.Lost.IsCancellationRequested)
            {
                break;
            }
        }

        _metrics.Stale(acks.Length);
        _environment.Logger.OutcomesTooLate(acks.Length);
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken lost)
    {
        var pause = delay < Again.Cap ? delay : Again.Cap;
        await Task.Delay(pause, _environment.Time, lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Tell(IReadOnlyList<Pending> group, IReadOnlyList<AckResult> results, bool askedBefore)
    {
        for (var i = 0; i < group.Count; i++)
        {
            if (results[i] == AckResult.Accepted)
            {
                Accepted(group[i]);
            }
            else if (!askedBefore)
            {
                // Asked a second time, a store that had recorded it the first time says the same.
                _metrics.Stale(1);
            }
        }
    }

    private void Accepted(Pending pending)
    {
        var item = pending.Claimed.Item;
        var after = RetryTransitions.AfterAttempt(pending.Ack.Kind, item.Attempt, item.What.MaxRetries);
        _metrics.Settled(pending.Ack.Kind, after);
        if (after is RetryStatus.Completed or RetryStatus.DeadLetter or RetryStatus.Failed)
        {
            _environment.Observer?.OnSettled(SettledOf(pending, after));
        }

        if (after == RetryStatus.Pending && pending.Ack.Kind != AckKind.Returned)
        {
            _signal.Ring(pending.Ack.Delay);
        }
        else if (item.What.GroupKey is not null)
        {
            // The next of its group may go now, and no clock says so.
            _signal.Ring();
        }
    }

    private static SettledRetry SettledOf(Pending pending, RetryStatus after)
    {
        var (item, what) = (pending.Claimed.Item, pending.Claimed.Item.What);
        return new SettledRetry(item.Id, what.OperationType, what.Target, what.CorrelationId, item.Attempt, what.MaxRetries, after, pending.Ack.Failure?.Message);
    }

    /// <summary>The store holds the item for us, and we have nothing to say of it: it goes back with the id it was claimed under.</summary>
    private void Failed(Pending pending, Exception fault)
    {
        _environment.Logger.OutcomeRefused(fault, pending.Ack.Id);
        pending.Settle();
        _lease.Retire(pending.Claimed.Term);
    }

    /// <summary>An outcome on its way.</summary>
    private sealed class Pending(ClaimedRetry claimed, RetryAck ack)
    {
        private bool _settled;

        public ClaimedRetry Claimed => claimed;

        public RetryAck Ack => ack;

        /// <summary>Once: what was recorded before a neighbour was refused is written a second time.</summary>
        public void Settle()
        {
            if (!_settled)
            {
                _settled = true;
                claimed.Term.Settle();
            }
        }
    }
}

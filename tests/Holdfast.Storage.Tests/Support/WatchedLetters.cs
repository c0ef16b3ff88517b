using System.Collections.Concurrent;
using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Dead letters that note what is asked of them, and whose worker dies at a step when the test says so.</summary>
/// <param name="passes">Released at the end of each of a worker's passes.</param>
internal sealed class WatchedLetters(IDeadLetterStore inner, SemaphoreSlim passes) : IDeadLetterStore
{
    private int _claims;
    private int _largestClaim;
    private volatile bool _died;

    /// <summary>The step at which the worker is gone: from there on nothing it asks for happens.</summary>
    public string? DieAt { get; set; }

    public bool Died => _died;

    public int Claims => Volatile.Read(ref _claims);

    public int LargestClaim => Volatile.Read(ref _largestClaim);

    /// <summary>Ids in the order in which they were recovered.</summary>
    public ConcurrentQueue<long> Recovered { get; } = [];

    /// <summary>A claim that was made is answered only when this completes.</summary>
    public TaskCompletionSource? HoldAfterClaim { get; set; }

    public async ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _claims);
        DieIf("before the claim");
        var ids = await inner.ClaimAsync(claim, cancellationToken);
        Interlocked.Exchange(ref _largestClaim, Math.Max(_largestClaim, ids.Count));
        if (ids.Count > 0)
        {
            DieIf("after the claim");
            await (HoldAfterClaim?.Task ?? Task.CompletedTask);
        }

        return ids;
    }

    public async ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken)
    {
        DieIf("before the replay");
        var outcomes = await inner.ReplayAsync(order, cancellationToken);
        foreach (var outcome in outcomes.Where(outcome => outcome.Result == ReplayResult.Recovered))
        {
            Recovered.Enqueue(outcome.Id);
        }

        DieIf("after the replay");
        return outcomes;
    }

    public ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        return inner.ReturnAsync(leasedBy, cancellationToken);
    }

    public ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        inner.FindAsync(filter, limit, cancellationToken);

    public ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken) => inner.GetAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        inner.GroupAsync(filter, limit, cancellationToken);

    /// <summary>The last thing that a worker asks for in a pass.</summary>
    public async ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken)
    {
        var totals = await inner.CountAsync(cancellationToken);
        passes.Release();
        return totals;
    }

    public ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken) => inner.EditAsync(edit, cancellationToken);

    public ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) => inner.DiscardAsync(ids, cancellationToken);

    public ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) => inner.PurgeAsync(purge, cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        inner.CountPurgeableAsync(purge, cancellationToken);

    public ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        return inner.TrimAsync(limits, cancellationToken);
    }

    private void DieIf(string step)
    {
        ThrowIfDead();
        if (DieAt == step)
        {
            _died = true;
            ThrowIfDead();
        }
    }

    private void ThrowIfDead()
    {
        if (_died)
        {
            throw new OperationCanceledException("The worker is dead.");
        }
    }
}

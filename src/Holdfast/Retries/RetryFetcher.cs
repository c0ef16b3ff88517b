using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>
/// Brings items of the types that have a handler here to the workers: claims when one is free, again at once after a full claim, and otherwise sleeps until something is due,
/// somebody rings, or the poll interval is over.
/// </summary>
/// <param name="types">What this process can execute; with none it claims nothing.</param>
internal sealed class RetryFetcher(
    IRetryStore store, IReadOnlyList<string> types, RetryLease lease, RetryCrew crew, RetrySignal signal, RetryEnvironment environment) : ILoop, IDisposable
{
    // The contract of the store.
    private const int LimitMax = 1_000;

    // What waits for a worker for longer goes back, where other processes can have it.
    private static readonly TimeSpan WaitingMax = TimeSpan.FromSeconds(1);

    // What is due before that is found a little later: a store that says "at once" and hands out nothing is not asked without end.
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan AlonePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AloneAgainAfter = TimeSpan.FromMinutes(1);

    private static readonly BackoffSchedule AfterFailure = new(TimeSpan.FromMilliseconds(500), 2, TimeSpan.FromSeconds(10), 0.25);

    private readonly CancellationTokenSource _leaving = new();

    // The loop only.
    private int _failures;
    private long? _aloneTriedAt;

    public string Name => "retry fetcher";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
        try
        {
            while (true)
            {
                await StepAsync(ends.Token);
            }
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // The process leaves; what was claimed and not begun is given back by whoever stopped this.
        }
    }

    /// <summary>Nothing more is claimed.</summary>
    public Task StopAsync() => _leaving.CancelAsync();

    public void Dispose() => _leaving.Dispose();

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        if (!environment.Options().Enabled || types.Count == 0)
        {
            await signal.WaitAsync(environment.Options().PollInterval, cancellationToken);
            return;
        }

        var term = await lease.WaitAsync(cancellationToken);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, term.Lost);
        try
        {
            await FetchAsync(term, ends.Token);
        }
        catch (OperationCanceledException) when (term.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Its items are no longer ours.
            crew.Forget();
        }
        catch (StoreUnavailableException unavailable)
        {
            await BearAsync(unavailable, cancellationToken);
        }
    }

    private async Task FetchAsync(LeaseTerm term, CancellationToken cancellationToken)
    {
        await AwaitHungerAsync(cancellationToken);
        var options = environment.Options();
        var limit = Math.Clamp(Math.Max(options.BatchSize, crew.Workers.Free), 1, LimitMax);
        var begunBefore = crew.Workers.Begun;
        var claim = await ClaimAsync(term, new ClaimOrder(term.Process, limit, Types: types), cancellationToken);
        var full = claim.Items.Count == limit;
        crew.Metrics.Claimed(claim, full);
        crew.Workers.Offer(Held(claim, term), more: full, eager: (crew.Workers.Begun - begunBefore) * 2 >= limit);
        var wasAlone = claim.Solitary && await TryExecuteOneAloneAsync(term, cancellationToken);
        if (!wasAlone && !full)
        {
            await signal.WaitAsync(PauseAfter(claim, options.PollInterval), cancellationToken);
        }
    }

    private async Task AwaitHungerAsync(CancellationToken cancellationToken)
    {
        var hungry = crew.Workers.WhenHungryAsync(cancellationToken);
        if (!hungry.IsCompleted && crew.Workers.Waiting > 0)
        {
            await hungry.WaitAsync(WaitingMax, environment.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!hungry.IsCompleted)
            {
                await crew.GiveBackAsync();
            }
        }

        await hungry;
    }

    /// <summary>
    /// An item that killed two workers is executed while nothing else is: should it do so again, it takes nobody with it, and it is known
    /// who did it. While something long is under way it has to wait, because the others must not.
    /// </summary>
    private async Task<bool> TryExecuteOneAloneAsync(LeaseTerm term, CancellationToken cancellationToken)
    {
        if (_aloneTriedAt is { } triedAt && environment.Time.GetElapsedTime(triedAt) < AloneAgainAfter)
        {
            return false;
        }

        await crew.GiveBackAsync();
        if (!await crew.IsIdleWithinAsync(AlonePatience, cancellationToken))
        {
            _aloneTriedAt = environment.Time.GetTimestamp();
            return false;
        }

        _aloneTriedAt = null;
        var claim = await ClaimAsync(term, new ClaimOrder(term.Process, 1, Alone: true, types), cancellationToken);
        foreach (var item in claim.Items)
        {
            environment.Logger.ExecutedAlone(item.Id, item.What.OperationType);
        }

        crew.Workers.Offer(Held(claim, term), more: false);
        await crew.WhenIdleAsync(cancellationToken);
        return claim.Items.Count > 0;
    }

    /// <summary>A claim of which nobody knows whether the store did it ends the use of this id, see <see cref="RetryLease.Retire"/>.</summary>
    private async Task<RetryClaim> ClaimAsync(LeaseTerm term, ClaimOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var claim = await store.ClaimAsync(order, cancellationToken);
            _failures = 0;
            return claim;
        }
        catch (Exception fault) when (fault is not StoreUnavailableException { RetryAfter: not null })
        {
            lease.Retire(term);
            throw;
        }
    }

    private static TimeSpan PauseAfter(RetryClaim claim, TimeSpan pollInterval) =>
        claim.NextIn is { } next && next < pollInterval ? (next > PauseMin ? next : PauseMin) : pollInterval;

    private static ClaimedRetry[] Held(RetryClaim claim, LeaseTerm term)
    {
        term.Take(claim.Items.Count);
        return [.. claim.Items.Select(item => new ClaimedRetry(item, claim.Token, term))];
    }

    private async Task BearAsync(StoreUnavailableException unavailable, CancellationToken cancellationToken)
    {
        // What an open circuit refuses is no news.
        if (unavailable.RetryAfter is null)
        {
            environment.Logger.NothingClaimed(unavailable.Code, unavailable.Message);
        }

        await Task.Delay(unavailable.RetryAfter ?? AfterFailure.Next(_failures++, environment.Random), environment.Time, cancellationToken);
    }
}

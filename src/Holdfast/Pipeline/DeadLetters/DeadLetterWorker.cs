using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// Tries letters again when their time has come, and keeps to the limits. A claim is replayed at once and in one transaction: what happens
/// between two steps costs at most the lease, after which the letters are due again.
/// </summary>
internal sealed class DeadLetterWorker(
    IDeadLetterStore letters, StoreState state, DeadLetterContext context, DeadLetterCounters counters, ILogger<DeadLetterWorker> logger)
    : ILoop, IShutdownParticipant, IDisposable
{
    /// <summary>Longer than any write may take, so that nobody else begins while it may still end well.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

    // More would hold the accounts of the spools for longer than the flusher should wait.
    private const int BatchSizeMax = 500;

    // Held during a pass. A shutdown takes it and keeps it.
    private readonly SemaphoreSlim _pass = new(1);
    private readonly CancellationTokenSource _leaving = new();

    public string Name => "dead letters";

    /// <summary>Beside the flusher: before a store that does not answer, ending takes a while, and so it costs no time of its own.</summary>
    public ShutdownPhase Phase => ShutdownPhase.Flush;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, context.Time);
        do
        {
            if (state.Now.Available)
            {
                await PassAsync(cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Has the pass under way end early, its leases returned, and lets no other begin.</summary>
    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await _leaving.CancelAsync();
        await _pass.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _leaving.Dispose();
        _pass.Dispose();
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        await _pass.WaitAsync(cancellationToken);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
        try
        {
            var options = context.Options();
            await ReplayDueAsync(options, ends.Token);
            await TrimAsync(options.Limits, ends.Token);
            counters.Totals = await letters.CountAsync(ends.Token);
        }
        catch (StoreUnavailableException unavailable)
        {
            NoteUnavailable(unavailable);
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // The process leaves; whatever was claimed is returned.
        }
        finally
        {
            _pass.Release();
        }
    }

    private async Task ReplayDueAsync(DeadLetterOptions options, CancellationToken cancellationToken)
    {
        var size = Math.Min(options.BatchSize, BatchSizeMax);
        while (options.Enabled && await ReplayBatchAsync(size, cancellationToken) == size)
        {
            await Task.Delay(Breath, context.Time, cancellationToken);
        }
    }

    /// <summary>Claims and replays once; returns how many letters were due.</summary>
    private async Task<int> ReplayBatchAsync(int size, CancellationToken cancellationToken)
    {
        var leasedBy = $"{context.Node}/{Guid.CreateVersion7(context.Time.GetUtcNow()):N}";
        var ids = await letters.ClaimAsync(new DeadLetterClaim(leasedBy, Lease, size), cancellationToken);
        if (ids.Count == 0)
        {
            return 0;
        }

        try
        {
            _leaving.Token.ThrowIfCancellationRequested(); // the linked token learns of it a moment later
            cancellationToken.ThrowIfCancellationRequested();

            // Not cancelled half-way: the outcome would be unknown, and an attempt that was made should count.
            var outcomes = await letters.ReplayAsync(new ReplayOrder(ids, leasedBy, context.DelayAfter), CancellationToken.None);
            Tell(outcomes);
            return ids.Count;
        }
        catch
        {
            await ReturnAsync(leasedBy);
            throw;
        }
    }

    /// <summary>Without counting an attempt. If even this fails, the lease ends by itself.</summary>
    private async Task ReturnAsync(string leasedBy)
    {
        try
        {
            await letters.ReturnAsync(leasedBy, CancellationToken.None);
        }
        catch (StoreUnavailableException unavailable)
        {
            logger.LeasesNotReturned(unavailable.Code, Lease.TotalSeconds);
        }
    }

    private async Task TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken)
    {
        for (var more = true; more;)
        {
            var purged = await letters.TrimAsync(limits, cancellationToken);
            if (purged.Letters > 0)
            {
                logger.LettersTrimmed(purged.Letters, purged.RowsDiscarded, limits.LettersMax, limits.BytesMax);
            }

            more = purged.More;
        }
    }

    private void Tell(IReadOnlyList<ReplayOutcome> outcomes)
    {
        var recovered = outcomes.Count(outcome => outcome.Result == ReplayResult.Recovered);
        var failed = outcomes.Where(outcome => outcome.Result == ReplayResult.Failed).ToList();
        if (recovered > 0)
        {
            logger.LettersRecovered(recovered);
        }

        if (failed.Count > 0)
        {
            logger.LettersFailed(failed.Count, failed[0].Refusal?.Reason ?? "");
        }
    }

    private void NoteUnavailable(StoreUnavailableException unavailable)
    {
        // What an open circuit refuses is no news.
        if (unavailable.RetryAfter is null)
        {
            logger.LettersUnavailable(unavailable.Code, unavailable.Message);
        }
    }
}

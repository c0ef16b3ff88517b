using Holdfast.Lifecycle;
using Holdfast.Pipeline.DeadLetters;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>Folds samples into rollups every 10 seconds and deletes what is past its keep time every 10 minutes, in steps that leave room for the flusher.</summary>
internal sealed class MaintenanceWorker(
    ITelemetryStore store, StoreState state, Func<RetentionOptions> retention, TimeProvider time, ILogger<MaintenanceWorker> logger) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private const int TicksBetweenPrunes = 60;

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private RetentionClock? _clock;

    public string Name => "maintenance";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        for (var tick = 0; await timer.WaitForNextTickAsync(cancellationToken); tick++)
        {
            if (state.Now.Available)
            {
                await WorkAsync(prune: tick % TicksBetweenPrunes == 0, cancellationToken);
            }
        }
    }

    private async Task WorkAsync(bool prune, CancellationToken cancellationToken)
    {
        try
        {
            while (await store.RollUpAsync(time.GetUtcNow(), cancellationToken))
            {
                await Task.Delay(Breath, time, cancellationToken);
            }

            if (prune)
            {
                await PruneAsync(cancellationToken);
            }
        }
        catch (StoreUnavailableException unavailable)
        {
            if (unavailable.RetryAfter is not null)
            {
                return; // an open circuit: the breaker has said so, and the next round asks again
            }

            logger.MaintenanceFailed(unavailable.Code, unavailable.Message);
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        var now = await ReadClockAsync(cancellationToken);
        var deleted = 0L;
        for (var more = true; more;)
        {
            var step = await store.PruneAsync(retention(), now, cancellationToken);
            deleted += step.RowsDeleted;
            more = step.More;
            await Task.Delay(Breath, time, cancellationToken);
        }

        deleted += await PurgeDeadLettersAsync(now, cancellationToken);
        if (deleted > 0)
        {
            logger.Pruned(deleted);
        }
    }

    private async Task<long> PurgeDeadLettersAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var purge = new DeadLetterPurge(now - retention().DeadLetters, DeadLetterPurge.Any);
        var step = await store.DeadLetters.PurgeAsync(purge, cancellationToken);
        for (var deleted = step.Letters; ; deleted += step.Letters)
        {
            if (!step.More)
            {
                return deleted;
            }

            await Task.Delay(Breath, time, cancellationToken);
            step = await store.DeadLetters.PurgeAsync(purge, cancellationToken);
        }
    }

    private async Task<DateTimeOffset> ReadClockAsync(CancellationToken cancellationToken)
    {
        _clock ??= new RetentionClock(time, await NewestBeforeStartAsync(cancellationToken));
        var instant = _clock.Read();
        if (instant.Verdict == ClockVerdict.Jumped)
        {
            logger.ClockJumped(instant.Ahead.TotalHours, instant.Now);
        }
        else if (instant.Verdict == ClockVerdict.Confirmed)
        {
            logger.ClockConfirmed();
        }

        return instant.Now;
    }

    private async Task<DateTimeOffset?> NewestBeforeStartAsync(CancellationToken cancellationToken)
    {
        var newest = await store.QueryEventsAsync(new EventQuery { Until = _startedAt, Limit = 1 }, cancellationToken);
        return newest.Items.Count == 0 ? null : newest.Items[0].ReceivedAt;
    }
}

using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>What worker processes do with the items of a <see cref="MemoryRetryStore"/>.</summary>
internal static class MemoryRetryWork
{
    public static RetryClaim Claim(MemoryRetries retries, ClaimOrder order, DateTimeOffset now)
    {
        if (!retries.Leases.IsRunning(order.Process, now))
        {
            return RetryClaim.Nothing;
        }

        var limit = order.Alone ? 1 : order.Limit;
        var taken = Due(retries, order, order.Alone, now).OrderBy(retry => retry.QueuedAt).ThenBy(retry => retry.Place).Take(limit).ToList();
        var token = taken.Count > 0 ? retries.NextToken() : 0;
        taken.ForEach(retry => retry.Change(now, item => item with
        {
            Status = RetryStatus.Processing,
            Attempt = item.Attempt + 1,
            Holder = new RetryHolder(token, order.Process, now),
        }));
        var next = taken.Count < limit ? Ready(retries, order).Where(retry => retry.Item.RunAfter > now).Min(retry => (DateTimeOffset?)retry.Item.RunAfter) : null;
        return new RetryClaim(token, [.. taken.Select(retries.Show)], next - now, Due(retries, order, alone: true, now).Any());
    }

    public static AckResult Ack(MemoryRetries retries, Guid process, RetryAck ack, DateTimeOffset now)
    {
        if (retries.Find(ack.Id) is not { } retry || !retry.Holds(ack, process))
        {
            return AckResult.Stale;
        }

        var next = RetryTransitions.AfterAttempt(ack.Kind, retry.Item.Attempt, retry.Item.What.MaxRetries);
        if (HistoryKindOf(ack.Kind, next) is { } kind)
        {
            retry.Tell(now, kind, ack.Took, ack.Failure?.Message);
        }

        retry.Change(now, item => item with
        {
            Status = next,
            Attempt = item.Attempt - (RetryTransitions.RestoresAttempt(ack.Kind) ? 1 : 0),
            RunAfter = next == RetryStatus.Pending && ack.Kind != AckKind.Returned ? now + ack.Delay : item.RunAfter,
            LastFailure = ack.Failure ?? item.LastFailure,
            Holder = null,
        });
        return AckResult.Accepted;
    }

    public static int Leave(MemoryRetries retries, Guid process, DateTimeOffset now)
    {
        retries.Leases.End(process, now);
        var held = retries.All.Where(retry => retry.Item.Holder?.Process == process).ToList();
        held.ForEach(retry => retry.Change(now, item => item with { Status = RetryStatus.Pending, Attempt = item.Attempt - 1, Holder = null }));
        return held.Count;
    }

    public static RescueResult Rescue(MemoryRetries retries, int limit, DateTimeOffset now)
    {
        var stale = Stale(retries, now).ToList();
        var done = stale.Take(limit).ToList();
        done.ForEach(retry => Rescue(retry, now));
        var dead = done.Count(retry => retry.Item.Status == RetryStatus.DeadLetter);
        return new RescueResult(done.Count - dead, dead, stale.Count > done.Count);
    }

    /// <summary>Items whose worker process is gone.</summary>
    public static IEnumerable<MemoryRetry> Stale(MemoryRetries retries, DateTimeOffset now) =>
        retries.All.Where(retry => retry.Item.Holder is { } holder && !retries.Leases.IsRunning(holder.Process, now));

    private static IEnumerable<MemoryRetry> Ready(MemoryRetries retries, ClaimOrder order) => retries.All.Where(retry =>
        retry.Item.Status == RetryStatus.Pending && order.Types?.Contains(retry.Item.What.OperationType) != false && !retries.IsBlocked(retry));

    private static IEnumerable<MemoryRetry> Due(MemoryRetries retries, ClaimOrder order, bool alone, DateTimeOffset now) =>
        Ready(retries, order).Where(retry => retry.Item.RunAfter <= now && RetryTransitions.RunsAlone(retry.Item.Crashes) == alone);

    private static void Rescue(MemoryRetry retry, DateTimeOffset now)
    {
        var crashes = retry.Item.Crashes + 1;
        var next = RetryTransitions.AfterCrash(crashes, retry.Item.Attempt, retry.Item.What.MaxRetries);
        var failure = RetryTransitions.CrashFailure(crashes);
        retry.Tell(now, RetryHistoryKind.Crashed);
        if (next == RetryStatus.DeadLetter)
        {
            retry.Tell(now, RetryHistoryKind.DeadLettered, message: failure.Message);
        }

        retry.Change(now, item => item with { Status = next, Crashes = crashes, LastFailure = failure, Holder = null });
    }

    // What was never begun is not told: it is as if it had never been claimed.
    private static RetryHistoryKind? HistoryKindOf(AckKind kind, RetryStatus next) => (kind, next) switch
    {
        (AckKind.Returned, _) => null,
        (AckKind.Snooze, _) => RetryHistoryKind.Snoozed,
        (_, RetryStatus.Pending) => RetryHistoryKind.Retried,
        (_, RetryStatus.Completed) => RetryHistoryKind.Completed,
        (_, RetryStatus.DeadLetter) => RetryHistoryKind.DeadLettered,
        _ => RetryHistoryKind.Failed,
    };
}

using Holdfast.Retries;

namespace Holdfast.Sqlite.Retries;

/// <summary>Takes items from the hands of their workers: by outcomes, by leaving, by rescue.</summary>
internal static class RetrySettler
{
    public static AckResult Ack(RetryTable retries, Guid process, RetryAck ack)
    {
        if (retries.Find(ack.Id) is not { } item || item.Token != ack.Token || item.Process != process)
        {
            return AckResult.Stale;
        }

        var next = RetryTransitions.AfterAttempt(ack.Kind, item.Attempt, item.MaxRetries);
        var told = HistoryKindOf(ack.Kind, next) is { } kind ? new RetryTelling(kind, ack.Took, ack.Failure?.Message) : null;
        var isPutOff = next == RetryStatus.Pending && ack.Kind != AckKind.Returned;
        var after = item with
        {
            Status = next,
            Attempt = item.Attempt - (RetryTransitions.RestoresAttempt(ack.Kind) ? 1 : 0),
            RunAfter = isPutOff ? retries.Now + RetryRow.Microseconds(ack.Delay) : item.RunAfter,
        };
        retries.Move(item, after, told, ack.Failure);
        return AckResult.Accepted;
    }

    public static int Leave(RetryTable retries, Guid process)
    {
        LeaseTable.End(retries, process);
        var held = retries.HeldBy(process);
        foreach (var item in held)
        {
            retries.Move(item, item with { Status = RetryStatus.Pending, Attempt = item.Attempt - 1 }, told: null);
        }

        return held.Count;
    }

    public static RescueResult Rescue(RetryTable retries, int limit)
    {
        var lapsed = retries.Lapsed(limit + 1);
        var outcomes = lapsed.Take(limit).Select(item => Rescue(retries, item)).ToList();
        var dead = outcomes.Count(status => status == RetryStatus.DeadLetter);
        return new RescueResult(outcomes.Count - dead, dead, lapsed.Count > limit);
    }

    private static RetryStatus Rescue(RetryTable retries, RetryState item)
    {
        var crashes = item.Crashes + 1;
        var next = RetryTransitions.AfterCrash(crashes, item.Attempt, item.MaxRetries);
        var failure = RetryTransitions.CrashFailure(crashes);
        retries.Move(item, item with { Status = next, Crashes = crashes }, new RetryTelling(RetryHistoryKind.Crashed), failure);
        if (next == RetryStatus.DeadLetter)
        {
            retries.Tell(item, new RetryTelling(RetryHistoryKind.DeadLettered, Message: failure.Message));
        }

        return next;
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

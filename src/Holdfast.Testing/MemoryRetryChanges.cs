using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>What operators do with the items of a <see cref="MemoryRetryStore"/>.</summary>
internal static class MemoryRetryChanges
{
    public static RetryChange Requeue(MemoryRetries retries, Guid id, DateTimeOffset now, string? message = null) =>
        Try(retries, id, RetryTransitions.CanRequeue, retry =>
        {
            if (retries.HolderOf(retry.Item.What.CorrelationId) is not null)
            {
                return RetryChangeResult.Duplicate;
            }

            retry.Tell(now, RetryHistoryKind.Requeued, message: message);
            retry.Change(now, item => item with { Status = RetryStatus.Pending, Attempt = 0, Crashes = 0, RunAfter = now });
            return RetryChangeResult.Done;
        });

    public static RetryChange Cancel(MemoryRetries retries, Guid id, DateTimeOffset now) =>
        Try(retries, id, RetryTransitions.CanCancel, retry => GiveUp(retry, now, message: null));

    /// <summary>Whatever state it is in.</summary>
    public static RetryChangeResult GiveUp(MemoryRetry retry, DateTimeOffset now, string? message)
    {
        retry.Tell(now, RetryHistoryKind.Cancelled, message: message);
        retry.Change(now, item => item with { Status = RetryStatus.Cancelled, Holder = null });
        return RetryChangeResult.Done;
    }

    public static RetryChange DeadLetter(MemoryRetries retries, Guid id, string reason, DateTimeOffset now) =>
        Try(retries, id, RetryTransitions.CanDeadLetter, retry =>
        {
            retry.Tell(now, RetryHistoryKind.DeadLettered, message: reason);
            retry.Change(now, item => item with { Status = RetryStatus.DeadLetter, Holder = null });
            return RetryChangeResult.Done;
        });

    public static RetryChange Edit(MemoryRetries retries, Guid id, int version, ReadOnlyMemory<byte> payload, DateTimeOffset now) =>
        Try(retries, id, RetryTransitions.CanEdit, retry =>
        {
            if (retry.Item.Version != version)
            {
                return RetryChangeResult.Changed;
            }

            retry.Tell(now, RetryHistoryKind.Edited);
            retry.Change(now, item => item with { What = item.What with { Payload = payload.ToArray() }, Version = version + 1 });
            return RetryChangeResult.Done;
        });

    private static RetryChange Try(MemoryRetries retries, Guid id, Func<RetryStatus, bool> isAllowed, Func<MemoryRetry, RetryChangeResult> change)
    {
        if (retries.Find(id) is not { } retry)
        {
            return new RetryChange(RetryChangeResult.NotFound, null);
        }

        var result = isAllowed(retry.Item.Status) ? change(retry) : RetryChangeResult.WrongState;
        return new RetryChange(result, retries.Show(retry));
    }
}

using Holdfast.Retries;

namespace Holdfast.Sqlite.Retries;

/// <summary>What operators do with an item.</summary>
internal static class RetryOperator
{
    private const string UpdatePayload = "UPDATE retry_contents SET payload = ?2 WHERE place = ?1";

    private const string UpdateVersion = "UPDATE retries SET version = version + 1, updated_at = ?2 WHERE place = ?1";

    public static RetryChange Requeue(RetryTable retries, Guid id) => Try(retries, id, RetryTransitions.CanRequeue, item => Requeue(retries, item, message: null));

    /// <summary>Whatever state it is in, unless another has its correlation id.</summary>
    public static RetryChangeResult Requeue(RetryTable retries, RetryState item, string? message)
    {
        if (retries.HolderOf(item.CorrelationId) is not null)
        {
            return RetryChangeResult.Duplicate;
        }

        var again = item with { Status = RetryStatus.Pending, Attempt = 0, Crashes = 0, RunAfter = retries.Now };
        retries.Move(item, again, new RetryTelling(RetryHistoryKind.Requeued, Message: message));
        return RetryChangeResult.Done;
    }

    public static RetryChange Cancel(RetryTable retries, Guid id) => Try(retries, id, RetryTransitions.CanCancel, item => GiveUp(retries, item, message: null));

    /// <summary>Whatever state it is in.</summary>
    public static RetryChangeResult GiveUp(RetryTable retries, RetryState item, string? message)
    {
        retries.Move(item, item with { Status = RetryStatus.Cancelled }, new RetryTelling(RetryHistoryKind.Cancelled, Message: message));
        return RetryChangeResult.Done;
    }

    public static RetryChange DeadLetter(RetryTable retries, Guid id, string reason) => Try(retries, id, RetryTransitions.CanDeadLetter, item =>
    {
        retries.Move(item, item with { Status = RetryStatus.DeadLetter }, new RetryTelling(RetryHistoryKind.DeadLettered, Message: reason));
        return RetryChangeResult.Done;
    });

    public static RetryChange Edit(RetryTable retries, Guid id, int version, ReadOnlyMemory<byte> payload) => Try(retries, id, RetryTransitions.CanEdit, item =>
    {
        if (item.Version != version)
        {
            return RetryChangeResult.Changed;
        }

        retries.Database.Prepare(UpdatePayload).Bind(1, item.Place).BindText(2, payload.Span).Run();
        retries.Database.Prepare(UpdateVersion).Bind(1, item.Place).Bind(2, retries.Now).Run();
        retries.Tell(item, new RetryTelling(RetryHistoryKind.Edited));
        return RetryChangeResult.Done;
    });

    private static RetryChange Try(RetryTable retries, Guid id, Func<RetryStatus, bool> isAllowed, Func<RetryState, RetryChangeResult> change)
    {
        if (retries.Find(id) is not { } item)
        {
            return new RetryChange(RetryChangeResult.NotFound, null);
        }

        var result = isAllowed(item.Status) ? change(item) : RetryChangeResult.WrongState;
        retries.Finish();
        return new RetryChange(result, RetryReader.Get(retries.Database, id));
    }
}

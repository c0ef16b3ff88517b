using System.Text.Json;
using Holdfast.Retries;

namespace Holdfast.Sqlite.Retries;

/// <summary>Takes new items in.</summary>
internal static class RetryEnqueuer
{
    private const string Insert =
        """
        INSERT INTO retries (
          id, status, ready, blocked, run_after, queued_at, attempt, crashes, version, created_at, updated_at, operation_type, target, priority, penalty,
          max_retries, timeout, correlation_id, idempotency_key, group_key, tags)
        VALUES (?1, 0, ?2 <= 0, ?12 IS NOT NULL, ?3 + ?2, ?3 + ?2 + ?7, 0, 0, 1, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT DO NOTHING
        """;

    private const string InsertContents = "INSERT INTO retry_contents (place, payload, original_event) VALUES (last_insert_rowid(), ?1, ?2)";

    public static EnqueuedRetry Add(RetryTable retries, NewRetry item)
    {
        if (!TryInsert(retries, item))
        {
            return new EnqueuedRetry(retries.Find(item.Id)?.Id ?? retries.HolderOf(item.CorrelationId) ?? item.Id, EnqueueStatus.Duplicate);
        }

        var contents = retries.Database.Prepare(InsertContents).BindText(1, item.Payload.Span);
        (item.OriginalEvent is { } original ? contents.BindText(2, original.Span) : contents.BindNull(2)).Run();
        retries.Touch(item.OperationType, item.GroupKey, before: null, RetryStatus.Pending);
        return new EnqueuedRetry(item.Id, EnqueueStatus.Created);
    }

    private static bool TryInsert(RetryTable retries, NewRetry item)
    {
        retries.Database.Prepare(Insert)
            .Bind(1, item.Id).Bind(2, RetryRow.Microseconds(item.Delay)).Bind(3, retries.Now).Bind(4, item.OperationType).Bind(5, item.Target)
            .Bind(6, item.Priority).Bind(7, RetryRow.Microseconds(item.Penalty)).Bind(8, item.MaxRetries).Bind(9, RetryRow.Microseconds(item.Timeout))
            .Bind(10, item.CorrelationId).Bind(11, item.IdempotencyKey).Bind(12, item.GroupKey)
            .Bind(13, item.Tags.Count > 0 ? JsonSerializer.Serialize(item.Tags) : null).Run();
        return retries.Database.Changes > 0;
    }
}

using System.Text.Json;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>Hands out items that are due, in the order of the queue.</summary>
internal static class RetryClaimer
{
    // An item is moved from those that wait for their time to those that are due once, so a claim reads no more entries than it hands out.
    // Bounded, since a claim holds the write lock: after a long pause the rest follows with the next claims, the longest due first.
    private const int ReadyPerClaimMax = 10_000;

    // What waits is told apart by type when the next one is looked for, and not further than this.
    private const int WaitingLookedAtMax = 1_000;

    private const string OfTypes = "(?2 IS NULL OR operation_type IN (SELECT value FROM json_each(?2)))";

    private const string MakeReady =
        """
        UPDATE retries SET ready = 1 WHERE place IN (
          SELECT place FROM retries INDEXED BY retries_waiting
          WHERE status = 0 AND ready = 0 AND blocked = 0 AND run_after <= ?1 ORDER BY run_after LIMIT ?2)
        """;

    private const string SelectQueue =
        $"{RetryRow.Select} INDEXED BY retries_queue WHERE status = 0 AND ready = 1 AND blocked = 0 AND crashes < 2 AND {OfTypes} ORDER BY queued_at, place LIMIT ?1";

    private const string Solitary = "INDEXED BY retries_solitary WHERE status = 0 AND ready = 1 AND blocked = 0 AND crashes >= 2 AND";

    private const string SelectSolitary = $"{RetryRow.Select} {Solitary} {OfTypes} ORDER BY queued_at, place LIMIT ?1";

    private const string AnySolitary = $"SELECT 1 FROM retries {Solitary} {OfTypes} LIMIT ?1";

    private const string Take =
        "UPDATE retries SET status = 1, attempt = attempt + 1, token = ?2, process = ?3, claimed_at = ?4, updated_at = ?4 WHERE id = ?1";

    private const string NextToken = "UPDATE retry_tokens SET last = last + 1 RETURNING last";

    private const string SelectWaiting =
        $"SELECT run_after, {OfTypes} FROM retries INDEXED BY retries_waiting WHERE status = 0 AND ready = 0 AND blocked = 0 ORDER BY run_after LIMIT ?1";

    public static RetryClaim Claim(RetryTable retries, ClaimOrder order)
    {
        if (!LeaseTable.IsRunning(retries, order.Process))
        {
            return RetryClaim.Nothing;
        }

        retries.Database.Prepare(MakeReady).Bind(1, retries.Now).Bind(2, ReadyPerClaimMax).Run();
        var limit = order.Alone ? 1 : order.Limit;
        var types = order.Types is { } named ? JsonSerializer.Serialize(named) : null;
        var found = Find(retries.Database, order.Alone ? SelectSolitary : SelectQueue, limit, types);
        var token = found.Count > 0 ? retries.Database.ReadNumber(NextToken)!.Value : 0;
        var holder = new RetryHolder(token, order.Process, UnixMicroseconds.ToInstant(retries.Now));
        var items = found.ConvertAll(item => HandOut(retries, item, holder));
        return new RetryClaim(token, items, items.Count == limit ? null : NextIn(retries, types), IsAnySolitary(retries.Database, types));
    }

    private static List<RetryItem> Find(SqliteDatabase database, string sql, int limit, string? types)
    {
        using var rows = database.Prepare(sql).Bind(1, limit).Bind(2, types);
        return RetryRow.ReadAll(rows);
    }

    private static RetryItem HandOut(RetryTable retries, RetryItem item, RetryHolder holder)
    {
        retries.Database.Prepare(Take).Bind(1, item.Id).Bind(2, holder.Token).Bind(3, holder.Process).Bind(4, retries.Now).Run();
        retries.Touch(item.What.OperationType, groupKey: null, RetryStatus.Pending, RetryStatus.Processing); // those behind a head are blocked already
        return item with { Status = RetryStatus.Processing, Attempt = item.Attempt + 1, UpdatedAt = holder.ClaimedAt, Holder = holder };
    }

    /// <summary>Too early rather than at the price of reading everything that other types wait for.</summary>
    private static TimeSpan? NextIn(RetryTable retries, string? types)
    {
        using var rows = retries.Database.Prepare(SelectWaiting).Bind(1, WaitingLookedAtMax).Bind(2, types);
        for (var seen = 1; rows.Step(); seen++)
        {
            if (rows.Int64(1) != 0 || seen == WaitingLookedAtMax)
            {
                return RetryRow.Span(Math.Max(0, rows.Int64(0) - retries.Now));
            }
        }

        return null;
    }

    private static bool IsAnySolitary(SqliteDatabase database, string? types)
    {
        using var rows = database.Prepare(AnySolitary).Bind(1, 1).Bind(2, types);
        return rows.Step();
    }
}

using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>Tells what became of sequence numbers that have no event.</summary>
internal static class CoverageReader
{
    private const string SelectOldest = "SELECT min(position) FROM monitoring_events WHERE position >= ?1 AND position < ?2";

    // A range without numbers is one that nobody could place: it may be anywhere.
    private const string SelectLost =
        """
        SELECT ifnull(first_sequence, 0), ifnull(last_sequence, 9223372036854775807) FROM lost_ranges
        WHERE spool_key = ?1 AND ifnull(last_sequence, 9223372036854775807) > ?2 AND ifnull(first_sequence, 0) <= ?3
        """;

    public static EventCoverage Read(SqliteDatabase database, Guid epoch, long afterSequence, long upTo)
    {
        if (SpoolAccount.Find(database, epoch) is not { } account)
        {
            return EventCoverage.Nothing;
        }

        return new EventCoverage(Oldest(database, account), account.MarkSequence, [.. Lost(database, account, afterSequence, upTo)]);
    }

    private static long? Oldest(SqliteDatabase database, SpoolAccount account)
    {
        using var row = database.Prepare(SelectOldest).Bind(1, EventPosition.Of(account.Key, 0)).Bind(2, EventPosition.End(account.Key));
        return row.Step() && !row.IsNull(0) ? EventPosition.SequenceOf(row.Int64(0)) : null;
    }

    private static IEnumerable<SequenceRange> Lost(SqliteDatabase database, SpoolAccount account, long afterSequence, long upTo)
    {
        using var rows = database.Prepare(SelectLost).Bind(1, account.Key).Bind(2, afterSequence).Bind(3, upTo);
        while (rows.Step())
        {
            yield return new SequenceRange(rows.Int64(0), rows.Int64(1));
        }
    }
}

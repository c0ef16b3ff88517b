using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>Tells what became of sequence numbers that have no event.</summary>
internal static class CoverageReader
{
    private const string SelectOldest = "SELECT sequence_id FROM monitoring.monitoring_events WHERE epoch = $1 ORDER BY sequence_id LIMIT 1";

    // A range without numbers is one that nobody could place: it may be anywhere.
    private const string SelectLost =
        """
        SELECT coalesce(first_sequence, 0), coalesce(last_sequence, 9223372036854775807) FROM holdfast.lost_ranges
        WHERE spool_id = $1 AND coalesce(last_sequence, 9223372036854775807) > $2 AND coalesce(first_sequence, 0) <= $3
        """;

    public static async ValueTask<EventCoverage> ReadAsync(
        NpgsqlConnection connection, Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken)
    {
        if (await SpoolAccount.FindAsync(connection, epoch, cancellationToken) is not { } account)
        {
            return EventCoverage.Nothing;
        }

        var oldest = await connection.QueryAsync(SelectOldest, row => (long?)row.GetInt64(0), cancellationToken, epoch);
        var lost = await connection.QueryAsync(
            SelectLost, row => new SequenceRange(row.GetInt64(0), row.GetInt64(1)), cancellationToken, epoch, afterSequence, upTo);
        return new EventCoverage(oldest.SingleOrDefault(), account.MarkSequence, lost);
    }
}

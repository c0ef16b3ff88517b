using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// The day partitions: made some days ahead, so that midnight costs nobody anything, and made on demand for a day that is missing all the same.
/// </summary>
internal sealed class Partitions(ILogger log)
{
    private const int DaysAhead = 3;

    private const string Ensure = "SELECT holdfast.ensure_partition($1, $2)";

    private static readonly string[] Tables = ["monitoring_events", "samples"];

    private DateOnly _preparedOn;

    public static async ValueTask EnsureAsync(NpgsqlConnection connection, string table, DateOnly day, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>(Ensure, cancellationToken, table, day);

    /// <summary>
    /// Makes the partitions from yesterday to some days ahead, once a day. A fault here is only said: nobody needs them yet, and whoever
    /// needs one in vain says so.
    /// </summary>
    public async ValueTask PrepareAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = PgTime.DayOf(now);
        if (_preparedOn == today)
        {
            return;
        }

        try
        {
            foreach (var (table, day) in Tables.SelectMany(table => Enumerable.Range(-1, DaysAhead + 2).Select(days => (table, today.AddDays(days)))))
            {
                await EnsureAsync(connection, table, day, cancellationToken);
            }

            _preparedOn = today;
        }
        catch (PostgresException fault)
        {
            StoreLog.PartitionsNotPrepared(log, fault.SqlState, fault.MessageText);
        }
    }
}

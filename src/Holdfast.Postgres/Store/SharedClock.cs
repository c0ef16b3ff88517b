using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>The database's clock, which all nodes share. What one node deletes is gone for all of them, so none whose own is ahead of it may.</summary>
internal static class SharedClock
{
    private const string Read = "SELECT holdfast.clock()";

    // Keep times are days, so an hour is soon enough to be noticed and too little to matter.
    private static readonly TimeSpan AheadMax = TimeSpan.FromHours(1);

    public static async ValueTask<DateTimeOffset> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        new(await connection.ScalarAsync<DateTime>(Read, cancellationToken), TimeSpan.Zero);

    /// <summary>Whether this node may delete by its clock; says so when not.</summary>
    /// <param name="now">What this node takes for now.</param>
    public static async ValueTask<bool> AllowsAsync(NpgsqlConnection connection, DateTimeOffset now, ILogger log, CancellationToken cancellationToken)
    {
        var ahead = now - await ReadAsync(connection, cancellationToken);
        if (ahead <= AheadMax)
        {
            return true;
        }

        StoreLog.ClockAhead(log, ahead.TotalHours);
        return false;
    }
}

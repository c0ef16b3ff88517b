using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Store;

/// <summary>
/// LISTEN and NOTIFY, and the accounts of all spools. A transaction that notifies takes a lock of the whole server until it is committed, so
/// rings are not part of the flusher's: they are sent by themselves.
/// </summary>
internal sealed class PostgresSharedLog(PostgresDatabase database, TimeSpan readTimeMax, TimeProvider time, ILogger log) : ISharedLog
{
    private const string Channel = "holdfast_events";

    private const string SelectHeads =
        """
        SELECT spool_id, mark_sequence, resumed_after FROM holdfast.spool_totals
        WHERE written_at > holdfast.clock() - interval '2 days' ORDER BY written_at DESC, spool_key DESC LIMIT $1
        """;

    private static readonly TimeSpan RingTimeMax = TimeSpan.FromSeconds(5);

    private const string Watching = " watching";

    // Says whose ring it is: the one who rings knows already.
    private readonly string _mine = Guid.NewGuid().ToString();

    public async ValueTask<IReadOnlyList<EpochHead>> ReadHeadsAsync(int limit, CancellationToken cancellationToken) => await database.RunAsync(
        readTimeMax,
        (connection, token) => connection.QueryAsync(SelectHeads, row => new EpochHead(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2)), token, limit),
        cancellationToken);

    public Task ListenAsync(Action<LogRing> heard, CancellationToken cancellationToken)
    {
        var listener = new PostgresListener(database.Settings, Channel, time)
        {
            Heard = said =>
            {
                if (!said.StartsWith(_mine, StringComparison.Ordinal))
                {
                    heard(said.EndsWith(Watching, StringComparison.Ordinal) ? LogRing.Watching : LogRing.Stored);
                }
            },
            Connected = _ =>
            {
                heard(LogRing.Stored);
                return ValueTask.CompletedTask;
            },
            Lost = reason => StoreLog.NotListening(log, reason),
        };
        return listener.RunAsync(cancellationToken);
    }

    public async ValueTask RingAsync(LogRing ring, CancellationToken cancellationToken)
    {
        var said = ring == LogRing.Watching ? _mine + Watching : _mine;
        try
        {
            await database.RunAsync(RingTimeMax, (connection, token) => connection.ExecuteAsync($"NOTIFY {Channel}, '{said}'", token), cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            StoreLog.NotRung(log, fault.Message);
        }
    }
}

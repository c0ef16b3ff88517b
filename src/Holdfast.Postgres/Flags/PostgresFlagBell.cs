using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Rollout;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Flags;

/// <summary>
/// Rings when a change of the flags is committed: the change notifies in its own transaction, which are rare enough for the lock that this
/// takes. Whether rings arrive is tried out after each connect: behind a pooler that hands the connection on, LISTEN succeeds and nothing is
/// ever heard.
/// </summary>
internal sealed class PostgresFlagBell(PostgresDatabase database, ConnectionSettings settings, TimeProvider time, ILogger log) : IFlagBell
{
    private const string Channel = "holdfast_flags";

    private static readonly TimeSpan TryTimeMax = TimeSpan.FromSeconds(5);

    private volatile bool _isHeard;

    public bool IsHeard => _isHeard;

    public Task ListenAsync(Action ring, CancellationToken cancellationToken)
    {
        var listener = new PostgresListener(settings, Channel, time)
        {
            Heard = _ =>
            {
                _isHeard = true;
                ring();
            },
            Connected = TryOutAsync,
            Lost = reason =>
            {
                _isHeard = false;
                FlagLog.NotListening(log, reason);
                ring();
            },
        };
        return listener.RunAsync(cancellationToken);
    }

    /// <summary>Rings itself over another connection. What came before it listened is found by whoever hears this ring.</summary>
    private async ValueTask TryOutAsync(CancellationToken cancellationToken)
    {
        _isHeard = false;
        try
        {
            await database.RunAsync(TryTimeMax, (connection, token) => connection.ExecuteAsync($"NOTIFY {Channel}", token), cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            FlagLog.NotListening(log, fault.Message);
        }
    }
}

using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Retries;
using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Retries;

/// <summary>
/// LISTEN and NOTIFY. A transaction that notifies takes a lock of the whole server until it is committed, so rings are not part of an
/// enqueue: they are sent by themselves.
/// </summary>
internal sealed class PostgresRetryDoorbell(PostgresDatabase database, ConnectionSettings settings, TimeProvider time, ILogger log) : IRetryDoorbell
{
    private const string Channel = "holdfast_retries";

    public const string Ring = "NOTIFY " + Channel;

    private static readonly TimeSpan RingTimeMax = TimeSpan.FromSeconds(5);

    public Task ListenAsync(Action ring, CancellationToken cancellationToken)
    {
        var listener = new PostgresListener(settings, Channel, time)
        {
            Heard = _ => ring(),

            // Something may have come before it stood.
            Connected = _ =>
            {
                ring();
                return ValueTask.CompletedTask;
            },
            Lost = reason => RetryLog.NotListening(log, reason),
        };
        return listener.RunAsync(cancellationToken);
    }

    public async ValueTask RingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.RunAsync(RingTimeMax, (connection, token) => connection.ExecuteAsync(Ring, token), cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            RetryLog.NotRung(log, fault.Message);
        }
    }
}

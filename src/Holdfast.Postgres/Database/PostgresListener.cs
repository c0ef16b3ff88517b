using Holdfast.Resilience;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>LISTEN on a channel, on a connection of its own that is made again whenever it breaks.</summary>
internal sealed class PostgresListener(ConnectionSettings settings, string channel, TimeProvider time)
{
    private static readonly BackoffSchedule Reconnect = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), 0.25);

    private readonly Random _chance = new();

    /// <summary>Called from any thread with what was said; must not block.</summary>
    public required Action<string> Heard { get; init; }

    /// <summary>Called each time the connection stands and listens; something may have been said before.</summary>
    public Func<CancellationToken, ValueTask> Connected { get; init; } = _ => ValueTask.CompletedTask;

    /// <summary>Called with the reason when listening ends or is impossible, the first time in a row.</summary>
    public required Action<string> Lost { get; init; }

    /// <summary>Ends only by cancellation, and then without a fault.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => failures = 0, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (PostgresFaults.Concerns(fault) || fault is InvalidOperationException)
            {
                if (failures == 0)
                {
                    Lost(fault.Message);
                }

                await PauseAsync(Reconnect.Next(failures++, _chance.NextDouble), cancellationToken);
            }
        }
    }

    /// <summary>Until the connection breaks.</summary>
    private async Task ListenAsync(Action succeeded, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(settings.ForListening());
        connection.Notification += (_, notification) => Heard(notification.Payload);
        await connection.OpenAsync(cancellationToken);
        await connection.ExecuteAsync($"LISTEN {channel}", cancellationToken);
        succeeded();
        await Connected(cancellationToken);
        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}

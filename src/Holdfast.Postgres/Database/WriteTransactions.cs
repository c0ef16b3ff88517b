using Holdfast.Pipeline;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// Begins the transactions that write. Their first statement sets, for the transaction alone, what nobody's configuration may take away: a
/// commit that was answered is durable, and neither a slow statement nor a client that is gone holds the locks of others for hours. It also
/// asks whose database this is: one that was exchanged under the process must be opened again before anything is written to it.
/// </summary>
internal sealed class WriteTransactions
{
    // With synchronous_commit switched off a commit that was answered may still be lost, and the spool forgets a batch as soon as it is
    // answered. In a COPY the server does not look at its time limits while it waits for the client; that is what the keepalives are for.
    private const string First =
        """
        SELECT (SELECT store_id FROM holdfast.store),
          set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true),
          set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
          set_config('tcp_keepalives_idle', '30', true), set_config('tcp_keepalives_interval', '10', true), set_config('tcp_keepalives_count', '3', true)
        """;

    // Between two statements the writer parks rows in the spool at most.
    private static readonly TimeSpan IdleAllowance = TimeSpan.FromSeconds(10);

    private volatile StoreIdentity? _opened;

    /// <summary>Notes which database the following transactions are meant for.</summary>
    public void Opened(StoreIdentity identity) => _opened = identity;

    /// <param name="limit">The time that one statement may take.</param>
    /// <exception cref="StoreUnavailableException">It is another database than the one that was opened.</exception>
    public async ValueTask<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            var storeId = await ReadStoreIdAsync(connection, limit, cancellationToken);
            if (_opened is { } opened && storeId != opened.StoreId)
            {
                throw Moved($"It is store {storeId?.ToString() ?? "of nobody"} now, and was {opened.StoreId}.", inner: null);
            }

            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does something in one transaction.</summary>
    public async ValueTask<T> RunAsync<T>(NpgsqlConnection connection, TimeSpan limit, Func<ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(connection, limit, cancellationToken);
        var result = await work();
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    public static StoreUnavailableException Moved(string difference, Exception? inner) => new(
        StoreUnavailableException.Moved, $"The database is not as this server left it: it was restored or exchanged. {difference} It is opened again.", inner);

    private static async ValueTask<Guid?> ReadStoreIdAsync(NpgsqlConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            var ids = await connection.QueryAsync(
                First, row => row.IsDBNull(0) ? (Guid?)null : row.GetGuid(0), cancellationToken, Milliseconds(limit), Milliseconds(limit + IdleAllowance));
            return ids[0];
        }
        catch (PostgresException fault) when (SqlStates.IsMissingSchema(fault.SqlState))
        {
            throw Moved("It has no schema.", fault);
        }
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast;

/// <summary>Hands operations in within a transaction of the application's own.</summary>
public static class RetryTransactionExtensions
{
    /// <summary>
    /// Hands operations in as part of the transaction: they are in the queue if it commits, and were never there if it does not. So a row and
    /// the operation that follows from it cannot get apart. In the database of the queue, at READ COMMITTED, by a login with the rights of
    /// <c>holdfast_app</c>.
    /// </summary>
    /// <param name="transaction">Open. An operation with a correlation id or a group makes others that bring the same wait until it ends.</param>
    /// <param name="drafts">Up to 10,000.</param>
    /// <param name="options">Policies that fill in what a draft leaves open. Null: the product's defaults, not the server's settings.</param>
    /// <param name="wake">
    /// Whether the commit wakes the workers; otherwise they find the operations when they look by themselves, after
    /// <see cref="RetryQueueOptions.PollInterval"/>. A commit that wakes somebody waits for every other such commit of the server: leave it
    /// off where there are hundreds of them in a second.
    /// </param>
    /// <param name="cancellationToken">Ends the statement; PostgreSQL takes nothing but a rollback after that.</param>
    /// <returns>A line for each draft, in their order. It holds once the transaction has committed.</returns>
    /// <exception cref="RetryRejectedException">A draft breaks a rule; all faults of all drafts are listed, and nothing was sent.</exception>
    /// <exception cref="PostgresException">PostgreSQL refused; the transaction can only be rolled back.</exception>
    public static async ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueRetriesAsync(
        this NpgsqlTransaction transaction, IReadOnlyList<RetryDraft> drafts, RetryQueueOptions? options = null, bool wake = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(drafts);
        var items = RetryValidator.Check(drafts, options ?? new RetryQueueOptions(), TimeProvider.System.GetUtcNow());
        var connection = transaction.Connection ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));
        var answers = await RetryWriter.EnqueueAsync(connection, items, cancellationToken);
        if (wake && answers.Any(answer => answer.Status == EnqueueStatus.Created))
        {
            await connection.ExecuteAsync(PostgresRetryDoorbell.Ring, cancellationToken);
        }

        return answers;
    }
}

using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>The dead letters in PostgreSQL: the contract's shell, as <see cref="PostgresTelemetryStore"/> is for the rest.</summary>
internal sealed class PostgresDeadLetterStore(
    PostgresDatabase database, PostgresStoreOptions options, WriteTransactions transactions, TimeProvider time, ILogger log) : IDeadLetterStore
{
    private const string UpdatePayload =
        """
        UPDATE monitoring.dead_letter_queue SET payload_bytes = $2, original_payload = holdfast.jsonb_or_bytes($3, $2), format_version = $4, version = version + 1
        WHERE id = $1
        """;

    public ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, (connection, token) => DeadLetterReader.ListAsync(connection, query, token), cancellationToken);

    public ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, (connection, token) => DeadLetterReader.FindAsync(connection, filter, limit, token), cancellationToken);

    public ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, (connection, token) => DeadLetterReader.GetAsync(connection, id, token), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, (connection, token) => DeadLetterReader.GroupAsync(connection, filter, limit, token), cancellationToken);

    public ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, DeadLetterReader.CountAsync, cancellationToken);

    public ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => DeadLetterReplay.ClaimAsync(connection, claim, time.GetUtcNow(), token), cancellationToken);

    public ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => DeadLetterReplay.ReturnAsync(connection, leasedBy, token), cancellationToken);

    public ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken) => database.RunAsync(
        options.WriteTimeMax,
        (connection, token) => new DeadLetterReplay(connection, new WriterMemory(options, transactions, time), time.GetUtcNow(), log).RunAsync(order, token),
        cancellationToken);

    public ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => EditAsync(connection, edit, token), cancellationToken);

    public ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => Cleaner(connection).DiscardAsync(ids, token), cancellationToken);

    public ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => PurgeAsync(connection, purge, token), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        database.RunAsync(options.ReadTimeMax, (connection, token) => CountPurgeableAsync(connection, purge, token), cancellationToken);

    public ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken) =>
        InTransactionAsync((connection, token) => Cleaner(connection).TrimAsync(limits, token), cancellationToken);

    private ValueTask<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken) => database.RunAsync(
        options.WriteTimeMax, (connection, token) => transactions.RunAsync(connection, options.WriteTimeMax, () => work(connection, token), token), cancellationToken);

    private async ValueTask<DeadLetterPurged> PurgeAsync(NpgsqlConnection connection, DeadLetterPurge purge, CancellationToken cancellationToken) =>
        await SharedClock.AllowsAsync(connection, time.GetUtcNow(), log, cancellationToken) ? await Cleaner(connection).PurgeAsync(purge, cancellationToken) : default;

    /// <summary>Nothing, where a clock that is wrong would not let the purge do anything either.</summary>
    private async ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(NpgsqlConnection connection, DeadLetterPurge purge, CancellationToken cancellationToken) =>
        await SharedClock.AllowsAsync(connection, time.GetUtcNow(), log, cancellationToken) ? await Cleaner(connection).CountPurgeableAsync(purge, cancellationToken) : [];

    private DeadLetterCleaner Cleaner(NpgsqlConnection connection) => new(connection, time.GetUtcNow());

    private async ValueTask<DeadLetter?> EditAsync(NpgsqlConnection connection, DeadLetterEdit edit, CancellationToken cancellationToken)
    {
        var letter = (await DeadLetterReader.LockAsync(connection, [edit.Id], cancellationToken)).SingleOrDefault();
        if (letter is null || !letter.IsOpenAt(time.GetUtcNow()) || letter.Version != edit.Seen)
        {
            return null;
        }

        await connection.ExecuteAsync(
            UpdatePayload, cancellationToken, edit.Id, edit.Payload.ToArray(), edit.PayloadJson, (short)edit.FormatVersion);
        if (edit.Audit is { } audit)
        {
            await AuditTable.InsertAsync(connection, audit, cancellationToken);
        }

        return await DeadLetterReader.GetAsync(connection, edit.Id, cancellationToken);
    }
}

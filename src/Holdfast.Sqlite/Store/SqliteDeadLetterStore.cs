using Holdfast.Pipeline.DeadLetters;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>The dead letters in the file of the embedded store: the contract's shell, as <see cref="SqliteTelemetryStore"/> is for the rest.</summary>
internal sealed class SqliteDeadLetterStore(StoreFile file, SeriesCatalog catalog, TimeProvider time) : IDeadLetterStore
{
    private const string UpdatePayload =
        "UPDATE dead_letter_queue SET payload_bytes = ?2, original_payload = ?3, format_version = ?4, version = version + 1 WHERE id = ?1";

    public ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        file.ReadAsync(database => DeadLetterReader.List(database, query), cancellationToken);

    public ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        file.ReadAsync(database => DeadLetterReader.Find(database, filter, limit), cancellationToken);

    public ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken) =>
        file.ReadAsync(database => DeadLetterReader.Get(database, id), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        file.ReadAsync(database => DeadLetterReader.Group(database, filter, limit), cancellationToken);

    public ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken) => file.ReadAsync(DeadLetterReader.Count, cancellationToken);

    public ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken) =>
        file.WriteAsync(database => new DeadLetterReplay(database, catalog, time.GetUtcNow()).Claim(claim), cancellationToken);

    public ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken) =>
        file.WriteAsync(database => DeadLetterReplay.Return(database, leasedBy), cancellationToken);

    public ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken) =>
        file.WriteAsync<IReadOnlyList<ReplayOutcome>>(
            database =>
            {
                var replay = new DeadLetterReplay(database, catalog, time.GetUtcNow());
                return order.Ids.Select(id => replay.Try(id, order)).ToList();
            },
            cancellationToken);

    public ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken) =>
        file.WriteAsync(database => Edit(database, edit), cancellationToken);

    public ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        file.WriteAsync(database => new DeadLetterCleaner(database, time.GetUtcNow()).Discard(ids), cancellationToken);

    public ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        file.WriteAsync(database => new DeadLetterCleaner(database, time.GetUtcNow()).Purge(purge), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        file.ReadAsync(database => new DeadLetterCleaner(database, time.GetUtcNow()).CountPurgeable(purge), cancellationToken);

    public ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken) =>
        file.WriteAsync(database => new DeadLetterCleaner(database, time.GetUtcNow()).Trim(limits), cancellationToken);

    private DeadLetter? Edit(SqliteDatabase database, DeadLetterEdit edit)
    {
        if (DeadLetterReader.Get(database, edit.Id) is not { } letter || !letter.IsOpenAt(time.GetUtcNow()) || letter.Version != edit.Seen)
        {
            return null;
        }

        database.Prepare(UpdatePayload).Bind(1, edit.Id).BindBlob(2, edit.Payload.Span).Bind(3, edit.PayloadJson).Bind(4, edit.FormatVersion).Run();
        if (edit.Audit is { } audit)
        {
            AuditTable.Insert(database, audit);
        }

        return DeadLetterReader.Get(database, edit.Id);
    }
}

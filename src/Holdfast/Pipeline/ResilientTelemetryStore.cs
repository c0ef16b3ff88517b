using Holdfast.Pipeline.DeadLetters;
using Holdfast.Resilience;
using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>
/// A store each of whose operations runs in the pipeline of its user; see <see cref="StoreCalls"/> for what comes out.
/// </summary>
internal sealed class ResilientTelemetryStore(ITelemetryStore inner, StorePipelines pipelines, DeadLetterCounters letters) : ITelemetryStore
{
    private readonly StoreCalls _calls = new(pipelines.Breaker);

    public string Kind => inner.Kind;

    public IDeadLetterStore DeadLetters { get; } = new ResilientDeadLetterStore(inner.DeadLetters, pipelines, letters);

    public ISharedLog? Shared { get; } = inner.Shared is { } shared ? new ResilientSharedLog(shared, pipelines) : null;

    public ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken) =>
        _calls.RunAsync(pipelines.Migrations, static (store, token) => store.OpenAsync(token), inner, cancellationToken);

    public ValueTask<DateTimeOffset?> PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken) =>
        _calls.RunAsync(PipelineOf(write), static (call, token) => call.Inner.WriteAsync(call.Write, token), (Inner: inner, Write: write), cancellationToken);

    public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.MetricsPersister,
        static (call, token) => call.Inner.WriteValidationAsync(call.Pending, call.At, token),
        (Inner: inner, Pending: pending, At: flushedAt),
        cancellationToken);

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.ReadValidationAsync(call.Now, token), (Inner: inner, Now: now), cancellationToken);

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Events, static (call, token) => call.Inner.ReadHeldAsync(call.SpoolId, token), (Inner: inner, SpoolId: spoolId), cancellationToken);

    public async ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) => await _calls.RunAsync(
        pipelines.Events,
        static async (call, token) =>
        {
            await call.Inner.RecordLossAsync(call.SpoolId, call.Ranges, token);
            return true;
        },
        (Inner: inner, SpoolId: spoolId, Ranges: ranges),
        cancellationToken);

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Events, static (call, token) => call.Inner.ReadTotalsAsync(call.SpoolId, token), (Inner: inner, SpoolId: spoolId), cancellationToken);

    public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.QueryEventsAsync(call.Query, token), (Inner: inner, Query: query), cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads,
        static (call, token) => call.Inner.ReadEventsAfterAsync(call.Epoch, call.After, call.Limit, token),
        (Inner: inner, Epoch: epoch, After: afterSequence, Limit: limit),
        cancellationToken);

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads,
        static (call, token) => call.Inner.ReadCoverageAsync(call.Epoch, call.After, call.UpTo, token),
        (Inner: inner, Epoch: epoch, After: afterSequence, UpTo: upTo),
        cancellationToken);

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.QuerySeriesAsync(call.Query, token), (Inner: inner, Query: query), cancellationToken);

    public async ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken) => await _calls.RunAsync(
        pipelines.Audit,
        static async (call, token) =>
        {
            await call.Inner.RecordAuditAsync(call.Entry, token);
            return true;
        },
        (Inner: inner, Entry: entry),
        cancellationToken);

    public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.ReadAuditAsync(call.Query, token), (Inner: inner, Query: query), cancellationToken);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Maintenance, static (call, token) => call.Inner.RollUpAsync(call.Now, token), (Inner: inner, Now: now), cancellationToken);

    public ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken) => _calls.RunAsync(
        pipelines.Maintenance,
        static (call, token) => call.Inner.PruneAsync(call.Retention, call.Now, token),
        (Inner: inner, Retention: retention, Now: now),
        cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>The events' pipeline for a write that has any: they are what somebody waits for.</summary>
    private NamedPipeline PipelineOf(StoreWrite write)
    {
        for (var i = 0; i < write.Batches.Count; i++)
        {
            if (write.Batches[i].Kind == SpoolKind.Event)
            {
                return pipelines.Events;
            }
        }

        return pipelines.Samples;
    }
}

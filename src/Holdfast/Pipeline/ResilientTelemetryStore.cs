using Holdfast.Resilience;
using Holdfast.Spool;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Holdfast.Pipeline;

/// <summary>
/// A store each of whose operations runs in the pipeline of its user. What the pipelines have to say comes out in the store's words: a
/// refusal of the breaker is a <see cref="StoreUnavailableException"/> with <see cref="StoreUnavailableException.RetryAfter"/>.
/// </summary>
internal sealed class ResilientTelemetryStore(ITelemetryStore inner, StorePipelines pipelines) : ITelemetryStore
{
    /// <summary>A half-open or isolated circuit may let calls through any moment.</summary>
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    public string Kind => inner.Kind;

    public ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken) =>
        RunAsync(pipelines.Migrations, static (store, token) => store.OpenAsync(token), inner, cancellationToken);

    public ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken) =>
        RunAsync(PipelineOf(write), static (call, token) => call.Inner.WriteAsync(call.Write, token), (Inner: inner, Write: write), cancellationToken);

    public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken) => RunAsync(
        pipelines.MetricsPersister,
        static (call, token) => call.Inner.WriteValidationAsync(call.Pending, call.At, token),
        (Inner: inner, Pending: pending, At: flushedAt),
        cancellationToken);

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.ReadValidationAsync(call.Now, token), (Inner: inner, Now: now), cancellationToken);

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) => RunAsync(
        pipelines.Events, static (call, token) => call.Inner.ReadHeldAsync(call.SpoolId, token), (Inner: inner, SpoolId: spoolId), cancellationToken);

    public async ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) => await RunAsync(
        pipelines.Events,
        static async (call, token) =>
        {
            await call.Inner.RecordLossAsync(call.SpoolId, call.Ranges, token);
            return true;
        },
        (Inner: inner, SpoolId: spoolId, Ranges: ranges),
        cancellationToken);

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) => RunAsync(
        pipelines.Events, static (call, token) => call.Inner.ReadTotalsAsync(call.SpoolId, token), (Inner: inner, SpoolId: spoolId), cancellationToken);

    public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.QueryEventsAsync(call.Query, token), (Inner: inner, Query: query), cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads,
        static (call, token) => call.Inner.ReadEventsAfterAsync(call.Epoch, call.After, call.Limit, token),
        (Inner: inner, Epoch: epoch, After: afterSequence, Limit: limit),
        cancellationToken);

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads,
        static (call, token) => call.Inner.ReadCoverageAsync(call.Epoch, call.After, call.UpTo, token),
        (Inner: inner, Epoch: epoch, After: afterSequence, UpTo: upTo),
        cancellationToken);

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.QuerySeriesAsync(call.Query, token), (Inner: inner, Query: query), cancellationToken);

    public async ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken) => await RunAsync(
        pipelines.Audit,
        static async (call, token) =>
        {
            await call.Inner.RecordAuditAsync(call.Entry, token);
            return true;
        },
        (Inner: inner, Entry: entry),
        cancellationToken);

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(int limit, CancellationToken cancellationToken) => RunAsync(
        pipelines.Reads, static (call, token) => call.Inner.ReadAuditAsync(call.Limit, token), (Inner: inner, Limit: limit), cancellationToken);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
        pipelines.Maintenance, static (call, token) => call.Inner.RollUpAsync(call.Now, token), (Inner: inner, Now: now), cancellationToken);

    public ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
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

    private async ValueTask<T> RunAsync<TState, T>(
        NamedPipeline pipeline, Func<TState, CancellationToken, ValueTask<T>> operation, TState state, CancellationToken cancellationToken)
    {
        try
        {
            return await pipeline.ExecuteAsync(operation, state, cancellationToken);
        }
        catch (BrokenCircuitException refused)
        {
            throw Refused(refused);
        }
        catch (TimeoutRejectedException late)
        {
            throw new StoreUnavailableException(
                "timeout", $"The store did not answer within {late.Timeout.TotalSeconds:0.###} s and was asked to stop.", late);
        }
    }

    private StoreUnavailableException Refused(BrokenCircuitException refused)
    {
        // Of a half-open circuit Polly's RetryAfter is the lease of the probe under way, which usually ends long before.
        var retryAfter = pipelines.Breaker.State == CircuitState.Open && refused.RetryAfter is { } left ? left : SoonAgain;
        var message = refused is IsolatedCircuitException
            ? $"An operator has isolated the circuit breaker '{pipelines.Breaker.Name}': nothing is sent to the store until it is reset."
            : $"The circuit breaker '{pipelines.Breaker.Name}' lets nothing through for {Math.Ceiling(retryAfter.TotalSeconds):0} s.";
        return new StoreUnavailableException(StoreUnavailableException.CircuitOpen, message, refused) { RetryAfter = retryAfter };
    }
}

using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>
/// A queue each of whose operations runs in a pipeline on the breaker of the database: what people ask in that of the readers, retention in
/// that of maintenance, the work in its own. It opens the store before the first operation, and again when the store was exchanged or lost
/// its schema, so nobody has to wait for it at the start. Where there is a table of policies, it keeps it as the settings are.
/// </summary>
internal sealed class ResilientRetryStore(IRetryStore inner, StorePipelines pipelines, Func<RetryQueueOptions> options) : IRetryStore
{
    private readonly StoreCalls _calls = new(pipelines.Breaker);
    private volatile bool _open;
    private volatile RetryQueueOptions? _published;

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await RunAsync(
            pipelines.Migrations,
            async token =>
            {
                await inner.OpenAsync(token);
                await PublishPoliciesAsync(token);
                return true;
            },
            cancellationToken);
        _open = true;
    }

    public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.EnqueueAsync(items, token), cancellationToken);

    public ValueTask<bool> RenewAsync(Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.RenewAsync(process, node, lease, token), cancellationToken);

    public ValueTask<RetryClaim> ClaimAsync(ClaimOrder order, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.ClaimAsync(order, token), cancellationToken);

    public ValueTask<IReadOnlyList<AckResult>> AckAsync(Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.AckAsync(process, acks, token), cancellationToken);

    public ValueTask<int> LeaveAsync(Guid process, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.LeaveAsync(process, token), cancellationToken);

    public ValueTask<RescueResult> RescueAsync(int limit, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.RescueAsync(limit, token), cancellationToken);

    public ValueTask<RetryPage> ListAsync(RetryQuery query, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.ListAsync(query, token), cancellationToken);

    public ValueTask<RetryItem?> GetAsync(Guid id, CancellationToken cancellationToken) => ReadAsync(token => inner.GetAsync(id, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryHistoryEntry>> ReadHistoryAsync(Guid id, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.ReadHistoryAsync(id, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryCount>> CountAsync(CancellationToken cancellationToken) => ReadAsync(inner.CountAsync, cancellationToken);

    public ValueTask<long> CountStaleAsync(CancellationToken cancellationToken) => ReadAsync(inner.CountStaleAsync, cancellationToken);

    public ValueTask<IReadOnlyList<RetryAlert>> ReadAlertsAsync(int limit, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.ReadAlertsAsync(limit, token), cancellationToken);

    public ValueTask<IReadOnlyList<RetryGroup>> GroupAsync(RetryFilter filter, int limit, CancellationToken cancellationToken) =>
        ReadAsync(token => inner.GroupAsync(filter, limit, token), cancellationToken);

    public ValueTask<RetryChange> RequeueAsync(Guid id, CancellationToken cancellationToken) => WorkAsync(token => inner.RequeueAsync(id, token), cancellationToken);

    public ValueTask<RetryChange> CancelAsync(Guid id, CancellationToken cancellationToken) => WorkAsync(token => inner.CancelAsync(id, token), cancellationToken);

    public ValueTask<RetryChange> DeadLetterAsync(Guid id, string reason, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.DeadLetterAsync(id, reason, token), cancellationToken);

    public ValueTask<RetryChange> EditAsync(Guid id, int version, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.EditAsync(id, version, payload, token), cancellationToken);

    public ValueTask<bool> MaintainAsync(TimeSpan keepHistory, TimeSpan keepDeadLetters, CancellationToken cancellationToken) =>
        RunOpenAsync(
            pipelines.Maintenance,
            async token =>
            {
                await PublishPoliciesAsync(token);
                return await inner.MaintainAsync(keepHistory, keepDeadLetters, token);
            },
            cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>What somebody waits for.</summary>
    public ValueTask<T> ReadAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        RunOpenAsync(pipelines.Reads, operation, cancellationToken);

    /// <summary>What a loop does.</summary>
    public ValueTask<T> WorkAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        RunOpenAsync(pipelines.Retries, operation, cancellationToken);

    private async ValueTask PublishPoliciesAsync(CancellationToken cancellationToken)
    {
        var now = options();
        if (inner is IRetryPolicyTable table && !SamePolicies(now, _published))
        {
            await table.PublishAsync(now, cancellationToken);
            _published = now;
        }
    }

    private static bool SamePolicies(RetryQueueOptions one, RetryQueueOptions? other) =>
        other is not null && one.Fallback == other.Fallback && one.Policies.Count == other.Policies.Count && !one.Policies.Except(other.Policies).Any();

    private async ValueTask<T> RunOpenAsync<T>(NamedPipeline pipeline, Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken)
    {
        if (!_open)
        {
            await OpenAsync(cancellationToken);
        }

        try
        {
            return await RunAsync(pipeline, operation, cancellationToken);
        }
        catch (StoreUnavailableException fault) when (fault.Code is StoreUnavailableException.Moved or "schema")
        {
            _open = false;
            _published = null; // what stands there now is another's
            throw;
        }
    }

    private ValueTask<T> RunAsync<T>(NamedPipeline pipeline, Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        _calls.RunAsync(pipeline, static (operation, token) => operation(token), operation, cancellationToken);
}

using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Rollout;

/// <summary>
/// The flags' store, each operation in a pipeline on the breaker of the database. It opens the store before the first operation, and again
/// when the store was exchanged or lost its schema, so nobody has to wait for it at the start.
/// </summary>
internal sealed class ResilientFlagStore(IFlagStore inner, StorePipelines pipelines) : IFlagStore
{
    private readonly StoreCalls _calls = new(pipelines.Breaker);
    private volatile bool _open;

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await RunAsync(
            pipelines.Migrations,
            async token =>
            {
                await inner.OpenAsync(token);
                return true;
            },
            cancellationToken);
        _open = true;
    }

    public ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken) => WorkAsync(inner.ReadAsync, cancellationToken);

    public ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken) => WorkAsync(inner.ReadEditionAsync, cancellationToken);

    public ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.WriteAsync(write, token), cancellationToken);

    public ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken) =>
        RunOpenAsync(pipelines.Reads, token => inner.ReadHistoryAsync(query, token), cancellationToken);

    public async ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken) =>
        await WorkAsync(
            async token =>
            {
                await inner.AddSamplesAsync(id, samples, token);
                return true;
            },
            cancellationToken);

    public ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.ReadSamplesAsync(flag, last, token), cancellationToken);

    public async ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken) =>
        await RunOpenAsync(
            pipelines.Maintenance,
            async token =>
            {
                await inner.MaintainAsync(keepHistory, keepSamples, token);
                return true;
            },
            cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private ValueTask<T> WorkAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        RunOpenAsync(pipelines.Flags, operation, cancellationToken);

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
            throw;
        }
    }

    private ValueTask<T> RunAsync<T>(NamedPipeline pipeline, Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        _calls.RunAsync(pipeline, static (operation, token) => operation(token), operation, cancellationToken);
}

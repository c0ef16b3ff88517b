using Holdfast.Pipeline;
using Holdfast.Resilience;

namespace Holdfast.Preferences;

/// <summary>
/// The store of preferences, each operation in a pipeline on the breaker of the database. It opens the store before the first operation, and
/// again when the store was exchanged or lost its schema.
/// </summary>
internal sealed class ResilientPreferenceStore(IPreferenceStore inner, StorePipelines pipelines) : IPreferenceStore
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

    public ValueTask<IReadOnlyList<Preference>> ReadAsync(string owner, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.ReadAsync(owner, token), cancellationToken);

    public ValueTask<PreferenceResult> WriteAsync(PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken) =>
        WorkAsync(token => inner.WriteAsync(write, limits, token), cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask<T> WorkAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken)
    {
        if (!_open)
        {
            await OpenAsync(cancellationToken);
        }

        try
        {
            return await RunAsync(pipelines.Preferences, operation, cancellationToken);
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

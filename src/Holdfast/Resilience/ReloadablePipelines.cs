using Polly;
using Polly.Registry;
using Polly.Telemetry;

namespace Holdfast.Resilience;

/// <summary>
/// Polly's registry with one reload for everything in it. Who holds a pipeline keeps it: it is built anew inside, and calls that run
/// end on what they began with. What is built must not throw, or Polly would never reload it again: settings are validated before.
/// </summary>
internal sealed class ReloadablePipelines(TimeProvider time, TelemetryListener? listener) : IDisposable
{
    private readonly ResiliencePipelineRegistry<string> _registry = new(new ResiliencePipelineRegistryOptions<string>
    {
        BuilderFactory = () => new ResiliencePipelineBuilder { TimeProvider = time, TelemetryListener = listener },
        BuilderNameFormatter = name => name,
    });

    // Held while a pipeline is built and while all are reloaded: one that registered for a reload which has already been is never reloaded.
    private readonly Lock _gate = new();
    private CancellationTokenSource? _reload = new();

    public ResiliencePipeline<T> Get<T>(string name, Action<ResiliencePipelineBuilder<T>> build)
    {
        if (_registry.TryGetPipeline<T>(name, out var pipeline))
        {
            return pipeline;
        }

        lock (_gate)
        {
            return _registry.GetOrAddPipeline<T>(name, (builder, context) =>
            {
                context.AddReloadToken(_reload?.Token ?? CancellationToken.None);
                build(builder);
            });
        }
    }

    public void Reload()
    {
        lock (_gate)
        {
            using var old = _reload;
            _reload = new CancellationTokenSource();
            old?.Cancel();
        }
    }

    /// <summary>From now on nothing is reloaded; the pipelines go on as they are.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _reload?.Dispose();
            _reload = null;
        }
    }
}

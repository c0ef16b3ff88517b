using Holdfast.Flags;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>
/// The pipelines of a node with what belongs to them: settings that are followed while it runs, and metrics. They are made with the node
/// and end with it, so nothing that is reset or made anew in between loses their numbers.
/// </summary>
internal sealed class NodeResilience : IDisposable
{
    private readonly PollyMeterListener _listener;
    private readonly ResilienceMetrics _metrics;
    private readonly IDisposable _settings;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public NodeResilience(object scope, FlagManager flags, TimeProvider time, ILoggerFactory loggers)
    {
        _listener = new PollyMeterListener(scope);
        Pipelines = new ResiliencePipelines(time, logger: loggers.CreateLogger<ResiliencePipelines>(), listener: _listener);
        _settings = ResilienceSettings.Follow(flags, Pipelines);
        _metrics = new ResilienceMetrics(Pipelines, scope);
    }

    public ResiliencePipelines Pipelines { get; }

    public void Dispose()
    {
        _settings.Dispose();
        _metrics.Dispose();
        Pipelines.Dispose();
        _listener.Dispose();
    }
}

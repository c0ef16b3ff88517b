using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.Support;

/// <summary>Adapters with what chooses between them, as a node puts them together.</summary>
internal sealed class Broadcasting
{
    private readonly MismatchBook _book;

    public Broadcasting(TimeProvider time, IMonitoringAdapter webSocket, IMonitoringAdapter realtime, BroadcastOptions? options = null)
    {
        Options = options ?? new BroadcastOptions();
        _book = new MismatchBook(time);
        Comparison = new PathComparison(_book, new CarriedEvents(secret: null), () => Options);
        Pipelines = new ResiliencePipelines(time);
        WebSocket = Path(webSocket, time);
        Realtime = Path(realtime, time);
        Factory = new AdapterFactory([WebSocket, Realtime], () => Options, Comparison);
        Switch = new AdapterSwitch(Factory, Options, NullLogger<AdapterSwitch>.Instance);
    }

    public BroadcastOptions Options { get; private set; }

    public ResiliencePipelines Pipelines { get; }

    public AdapterPath WebSocket { get; }

    public AdapterPath Realtime { get; }

    public AdapterFactory Factory { get; }

    public AdapterSwitch Switch { get; }

    public PathComparison Comparison { get; }

    public MismatchSnapshot Mismatches => _book.Snapshot();

    public void Set(BroadcastOptions options)
    {
        Options = options;
        Switch.Apply(options);
    }

    private AdapterPath Path(IMonitoringAdapter adapter, TimeProvider time)
    {
        var name = $"adapter_{adapter.Name}";
        Pipelines.GetOrAddBreaker(name, new CircuitBreakerOptions { FailureThreshold = 5, SuccessThreshold = 1, BreakDuration = TimeSpan.FromSeconds(30) });
        var options = new NamedPipelineOptions { Breaker = name, Timeout = null, AttemptTimeout = null, Retry = new RetryOptions { MaxAttempts = 1 }, Classify = _ => ErrorClass.Connectivity };
        return new AdapterPath(adapter, Pipelines.GetOrAdd(name, options), time, NullLogger<AdapterPath>.Instance);
    }
}

using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The adapters of a node with what chooses, guards and compares them. Follows the settings while it runs.</summary>
internal sealed class NodeBroadcast : IDisposable
{
    // Of memory alone: it takes no time that a limit could bound, and a second attempt would come as soon as the first.
    private static readonly NamedPipelineOptions Handing = new() { Timeout = null, AttemptTimeout = null, Retry = new RetryOptions { MaxAttempts = 1 }, Classify = _ => ErrorClass.Connectivity };

    // Its own, and not that of the database: pages move to the other adapter meanwhile, so it may be short, and one good probe is enough.
    public static readonly CircuitBreakerOptions Breaker = new() { FailureThreshold = 5, SuccessThreshold = 1, BreakDuration = TimeSpan.FromSeconds(30) };

    private static readonly HashSet<string> Names = [.. BroadcastFlags.All.Select(flag => flag.Name)];

    private readonly NodeSupabase? _supabase;
    private readonly PathComparison _comparison;
    private readonly AdapterWatch _watch;
    private readonly IDisposable _settings;
    private volatile BroadcastOptions _options;

    /// <param name="endpoints">The adapters of this server's own endpoints.</param>
    /// <param name="supabase">The hosted project; null: there is none. It ends with this.</param>
    public NodeBroadcast(
        FlagManager flags, IReadOnlyList<IMonitoringAdapter> endpoints, NodeSupabase? supabase, ResiliencePipelines pipelines, TimeProvider time, ILoggerFactory loggers)
    {
        _supabase = supabase;
        IReadOnlyList<IMonitoringAdapter> adapters = supabase is null ? endpoints : [.. endpoints, supabase.Publisher];
        _options = Settings.Broadcast(flags);
        var secret = flags.GetString(FlagNames.ChecksumSecret);
        _comparison = new PathComparison(new MismatchBook(time), new CarriedEvents(secret), () => _options);
        var paths = adapters.Select(adapter => PathOf(adapter, pipelines, time, loggers.CreateLogger<AdapterPath>())).ToArray();
        Switch = new AdapterSwitch(new AdapterFactory(paths, () => _options, _comparison), _options, loggers.CreateLogger<AdapterSwitch>());
        _watch = new AdapterWatch(Switch, time, loggers.CreateLogger<AdapterWatch>());
        _comparison.Alert = _watch.OnMismatch;
        foreach (var path in paths)
        {
            Follow(path);
        }

        _settings = flags.OnChange(change =>
        {
            if (Names.Contains(change.Name))
            {
                Apply(Settings.Broadcast(flags));
            }
        });
        Apply(Settings.Broadcast(flags)); // what changed before there was anybody to be told
    }

    public AdapterSwitch Switch { get; }

    public MismatchBook Mismatches => _comparison.Book;

    public IEnumerable<ILoop> Loops => [_comparison, _watch, .. _supabase?.Loops ?? []];

    public IEnumerable<IShutdownParticipant> Participants => _supabase is null ? [] : [_supabase.Publisher];

    public void Dispose()
    {
        _settings.Dispose();
        _supabase?.Dispose();
    }

    private void Apply(BroadcastOptions options)
    {
        _options = options;
        Switch.Apply(options);
    }

    private void Follow(AdapterPath path)
    {
        if (path.Adapter is IRemoteAdapter remote)
        {
            remote.Settled = settled => OnSettled(path, settled);
        }
    }

    private void OnSettled(AdapterPath path, EventSettlement settled)
    {
        Switch.OnSettled(path, settled);
        if (settled.Update is EventsUpdate { Compared: { } share } update)
        {
            _comparison.Note(path.Name, update, share, settled.Fault, settled.Frames);
        }
    }

    private static AdapterPath PathOf(IMonitoringAdapter adapter, ResiliencePipelines pipelines, TimeProvider time, ILogger<AdapterPath> logger)
    {
        var name = PipelineNames.OfAdapter(adapter.Name);
        pipelines.GetOrAddBreaker(name, Breaker);
        return new AdapterPath(adapter, pipelines.GetOrAdd(name, Handing with { Breaker = name }), time, logger);
    }
}

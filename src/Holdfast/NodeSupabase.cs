using Holdfast.Flags;
using Holdfast.Lifecycle;
using Holdfast.Monitoring.Adapters;
using Holdfast.Resilience;
using Holdfast.Supabase;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The publisher to a hosted project, with what belongs to it.</summary>
internal sealed class NodeSupabase : IDisposable
{
    // The loop is the retry: it conflates what waits, which a repeated request could not.
    private static readonly NamedPipelineOptions Asking = new()
    {
        Timeout = null,
        AttemptTimeout = TimeSpan.FromSeconds(10),
        Retry = new RetryOptions { MaxAttempts = 1 },
        Classify = _ => ErrorClass.Connectivity,
    };

    private readonly ProjectClient _client;

    private NodeSupabase(Guid epoch, SupabaseOptions options, ResiliencePipelines pipelines, TimeProvider time, Func<double> random, ILoggerFactory loggers)
    {
        _client = new ProjectClient(options, time);
        Table = options.Table is null ? null : new SupabaseTable(options, _client, Pipeline("supabase_table"), time, random, loggers.CreateLogger<SupabaseTable>());
        Publisher = new SupabasePublisher(new PublisherContext(
            epoch, options, _client, Pipeline(AdapterNames.Supabase), time, random, loggers.CreateLogger<SupabasePublisher>())
        { Table = Table });

        NamedPipeline Pipeline(string what)
        {
            var name = PipelineNames.OfAdapter(what);
            pipelines.GetOrAddBreaker(name, NodeBroadcast.Breaker);
            return pipelines.GetOrAdd(name, Asking with { Breaker = name });
        }
    }

    public SupabasePublisher Publisher { get; }

    public SupabaseTable? Table { get; }

    public IEnumerable<ILoop> Loops => Table is null ? [Publisher] : [Publisher, Table];

    /// <summary>Null where no project is named.</summary>
    public static NodeSupabase? Of(FlagManager flags, Guid epoch, ResiliencePipelines pipelines, TimeProvider time, Func<double> random, ILoggerFactory loggers) =>
        Settings.Supabase(flags) is { } options ? new NodeSupabase(epoch, options, pipelines, time, random, loggers) : null;

    public void Dispose()
    {
        Publisher.Dispose();
        _client.Dispose();
    }
}

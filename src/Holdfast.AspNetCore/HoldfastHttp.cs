using System.Buffers;
using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore;

/// <summary>The endpoints of a node. Made with the first mapping; the node's parts are there from the host's start, before any request.</summary>
internal sealed class HoldfastHttp(
    HoldfastNode node, FlagManager flags, LifecycleState lifecycle, LiveSessions sessions, BodyReader bodies, BodyBudget budget, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan LedgerPatience = TimeSpan.FromMilliseconds(100);

    private readonly Lazy<Endpoints> _endpoints = new(() => Compose(node, flags, lifecycle, sessions, bodies, budget, time, loggers));

    public EventsPost EventsPost => _endpoints.Value.EventsPost;
    public OtlpPost OtlpPost => _endpoints.Value.OtlpPost;
    public EventsSocket EventsSocket => _endpoints.Value.EventsSocket;
    public EventsApi Events => _endpoints.Value.Events;
    public SeriesApi Series => _endpoints.Value.Series;
    public StatusApi Status => _endpoints.Value.Status;
    public MetricsApi Metrics => _endpoints.Value.Metrics;
    public ValidationApi Validation => _endpoints.Value.Validation;
    public ResilienceApi Resilience => _endpoints.Value.Resilience;
    public BreakersApi Breakers => _endpoints.Value.Breakers;
    public AuditApi Audit => _endpoints.Value.Audit;
    public DeadLettersApi DeadLetters => _endpoints.Value.DeadLetters;
    public DeadLetterCommands DeadLetterCommands => _endpoints.Value.DeadLetterCommands;
    public LiveEndpoint Live => _endpoints.Value.Live;

    /// <summary>The overview as JSON, for the page's first paint.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> Overview(CancellationToken cancellationToken)
    {
        // A first look shall not show a ledger of ten seconds ago; a flusher that is busy is not waited for.
        await Task.WhenAny(node.Parts.Flusher.SampleAsync(cancellationToken), Task.Delay(LedgerPatience, time, cancellationToken));
        var buffer = new ArrayBufferWriter<byte>(16 << 10);
        using (var json = new Utf8JsonWriter(buffer))
        {
            node.Parts.Overview.Write(json);
        }

        return buffer.WrittenMemory;
    }

    private static Endpoints Compose(
        HoldfastNode node,
        FlagManager flags,
        LifecycleState lifecycle,
        LiveSessions sessions,
        BodyReader bodies,
        BodyBudget budget,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        var parts = node.Parts;
        var live = new LiveContext(
            parts.Broadcaster, parts.Adapter, parts.Log, parts.Overview, parts.Status, () => FlagsEtag.Of(flags), time, loggers.CreateLogger<LiveSession>());
        return new Endpoints(
            new EventsPost(parts, flags, lifecycle, bodies),
            new OtlpPost(parts, flags, lifecycle, bodies, budget),
            new EventsSocket(parts, flags, lifecycle, sessions, budget, loggers.CreateLogger<EventsSocket>()),
            new EventsApi(parts.Store, parts.StoreState),
            new SeriesApi(parts.Store, parts.StoreState, time),
            new StatusApi(parts.Status, parts.Overview, parts.Flusher, lifecycle, time),
            new MetricsApi(parts.Metrics),
            new ValidationApi(parts, time),
            new ResilienceApi(parts.Resilience.Pipelines, parts.Flusher, parts.DeadLetters.Counters),
            new BreakersApi(parts.Resilience.Pipelines, parts.Audit, time),
            new AuditApi(parts.Store, parts.StoreState),
            new DeadLettersApi(parts.Store, parts.StoreState, time),
            new DeadLetterCommands(parts.Store, parts.StoreState, parts.DeadLetters.Desk),
            new LiveEndpoint(live, sessions));
    }

    private sealed record Endpoints(
        EventsPost EventsPost,
        OtlpPost OtlpPost,
        EventsSocket EventsSocket,
        EventsApi Events,
        SeriesApi Series,
        StatusApi Status,
        MetricsApi Metrics,
        ValidationApi Validation,
        ResilienceApi Resilience,
        BreakersApi Breakers,
        AuditApi Audit,
        DeadLettersApi DeadLetters,
        DeadLetterCommands DeadLetterCommands,
        LiveEndpoint Live);
}

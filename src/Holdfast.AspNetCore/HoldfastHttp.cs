using System.Buffers;
using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Flags;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Realtime;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Lifecycle;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore;

/// <summary>The endpoints of a node. Made with the first mapping; the node's parts are there from the host's start, before any request.</summary>
internal sealed class HoldfastHttp(
    HoldfastNode node,
    FlagManager flags,
    LifecycleState lifecycle,
    AccessGate gate,
    LiveSessions sessions,
    BodyReader bodies,
    BodyBudget budget,
    RequestMeter requests,
    TimeProvider time,
    ILoggerFactory loggers)
{
    private static readonly TimeSpan LedgerPatience = TimeSpan.FromMilliseconds(100);

    private readonly Lazy<Endpoints> _endpoints = new(() => Compose(node, flags, lifecycle, gate, sessions, bodies, budget, requests, time, loggers));

    public EventsPost EventsPost => _endpoints.Value.EventsPost;
    public OtlpPost OtlpPost => _endpoints.Value.OtlpPost;
    public EventsSocket EventsSocket => _endpoints.Value.EventsSocket;
    public EventsApi Events => _endpoints.Value.Events;
    public SeriesApi Series => _endpoints.Value.Series;
    public StatusApi Status => _endpoints.Value.Status;
    public CurrentApi Current => _endpoints.Value.Current;
    public MetricsApi Metrics => _endpoints.Value.Metrics;
    public ValidationApi Validation => _endpoints.Value.Validation;
    public ResilienceApi Resilience => _endpoints.Value.Resilience;
    public BreakersApi Breakers => _endpoints.Value.Breakers;
    public AccessApi Access => _endpoints.Value.Access;
    public KeysApi Keys => _endpoints.Value.Keys;
    public AuditApi Audit => _endpoints.Value.Audit;
    public DeadLettersApi DeadLetters => _endpoints.Value.DeadLetters;
    public DeadLetterCommands DeadLetterCommands => _endpoints.Value.DeadLetterCommands;

    public RetriesPost RetriesPost => _endpoints.Value.RetriesPost;

    public RetriesApi Retries => _endpoints.Value.Retries;

    public RetryCommands RetryCommands => _endpoints.Value.RetryCommands;

    public OperationsApi Operations => _endpoints.Value.Operations;
    public CommandsApi Commands => _endpoints.Value.Commands;
    public EventRulesApi EventRules => _endpoints.Value.EventRules;
    public SessionsApi Sessions => _endpoints.Value.Sessions;

    public HealthApi Health => _endpoints.Value.Health;
    public ComponentsApi Components => _endpoints.Value.Components;
    public RoomsApi Rooms => _endpoints.Value.Rooms;
    public LiveEndpoint Live => _endpoints.Value.Live;
    public RealtimeEndpoints Realtime => _endpoints.Value.Realtime;
    public FlagEndpoints Flags => _endpoints.Value.Flags;
    public PreferencesApi Preferences => _endpoints.Value.Preferences;

    /// <summary>The overview as JSON, for the page's first paint; null for who may not see it.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> Overview(HttpContext context)
    {
        if (!context.May(Permission.Read))
        {
            return null;
        }

        var cancellationToken = context.RequestAborted;
        // A first look shall not show a ledger of ten seconds ago; a flusher that is busy is not waited for.
        await Task.WhenAny(node.Parts.Flusher.SampleAsync(cancellationToken), Task.Delay(LedgerPatience, time, cancellationToken));
        await node.Parts.Overview.PrepareAsync(cancellationToken);
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
        AccessGate gate,
        LiveSessions sessions,
        BodyReader bodies,
        BodyBudget budget,
        RequestMeter requests,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        var parts = node.Parts;
        (sessions.IsStillGood, sessions.MaxOf) = (gate.IsStillGood, gate.SocketsMax);
        var watchers = new Watchers(time);
        var live = new LiveContext(
            parts.Broadcaster, parts.Adapter, parts.Log, parts.Overview, parts.Status, () => flags.Revision, watchers, time, loggers.CreateLogger<LiveSession>())
        {
            Reported = new TransportSamples(flags, parts.Flags).Take,
        };
        var realtime = RealtimeEndpoints.Compose(parts, flags, gate, sessions, bodies, budget, live, loggers);
        parts.Access.Ring.Changed = sessions.EndRevoked + (Action)realtime.Socket.EndRevoked;
        return new Endpoints(
            new EventsPost(parts, flags, lifecycle, bodies),
            new OtlpPost(parts, flags, lifecycle, bodies, budget),
            new EventsSocket(parts, flags, lifecycle, sessions, budget, loggers.CreateLogger<EventsSocket>()),
            new EventsApi(parts.Store, parts.StoreState, time),
            new SeriesApi(parts.Store, parts.StoreState, time),
            new StatusApi(parts.Status, parts.Overview, parts.Flusher, lifecycle, time),
            new MetricsApi(parts.Metrics),
            new CurrentApi(parts, flags, requests, time),
            new ValidationApi(parts, time),
            new ResilienceApi(parts.Resilience.Pipelines, parts.Flusher, parts.DeadLetters.Counters),
            new BreakersApi(parts.Resilience.Pipelines, parts.Audit, time),
            new AuditApi(parts.Store, parts.StoreState),
            new AccessApi(gate),
            new KeysApi(parts.Access),
            new DeadLettersApi(parts.Store, parts.StoreState, time),
            new DeadLetterCommands(parts.Store, parts.StoreState, parts.DeadLetters.Desk),
            new RetriesPost(parts, flags, lifecycle, bodies),
            new RetriesApi(parts.Retries.Store, parts.Retries.Engine.Unhandled, parts.StoreState, time),
            new RetryCommands(parts.Retries.Store, parts.StoreState, parts.Retries.Desk, parts.Retries.AllowsOutside),
            new OperationsApi(parts.Operations.Store, parts.StoreState, parts.Operations.Desk),
            new CommandsApi(parts.Components.Bus, time),
            new EventRulesApi(parts.EventRules),
            new SessionsApi(watchers, sessions),
            new HealthApi(parts.Health, time),
            new ComponentsApi(parts.Components),
            new RoomsApi(parts.Rooms),
            new LiveEndpoint(live, sessions),
            realtime,
            FlagEndpoints.Compose(parts, flags, gate, sessions, time),
            new PreferencesApi(parts.Preferences.Desk));
    }

    private sealed record Endpoints(
        EventsPost EventsPost,
        OtlpPost OtlpPost,
        EventsSocket EventsSocket,
        EventsApi Events,
        SeriesApi Series,
        StatusApi Status,
        MetricsApi Metrics,
        CurrentApi Current,
        ValidationApi Validation,
        ResilienceApi Resilience,
        BreakersApi Breakers,
        AuditApi Audit,
        AccessApi Access,
        KeysApi Keys,
        DeadLettersApi DeadLetters,
        DeadLetterCommands DeadLetterCommands,
        RetriesPost RetriesPost,
        RetriesApi Retries,
        RetryCommands RetryCommands,
        OperationsApi Operations,
        CommandsApi Commands,
        EventRulesApi EventRules,
        SessionsApi Sessions,
        HealthApi Health,
        ComponentsApi Components,
        RoomsApi Rooms,
        LiveEndpoint Live,
        RealtimeEndpoints Realtime,
        FlagEndpoints Flags,
        PreferencesApi Preferences);
}

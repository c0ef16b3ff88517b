using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Dashboard;
using Holdfast.AspNetCore.Flags;
using Holdfast.AspNetCore.Realtime;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AspNetCore;

/// <summary>Puts Holdfast's endpoints and its page into an application.</summary>
public static class HoldfastEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps everything below a path: <c>app.MapHoldfast("/holdfast")</c>. Call <c>services.AddHoldfastHttp()</c> first, and
    /// <c>app.UseWebSockets()</c> for the live stream.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="basePath">Where to map. Default: the root.</param>
    /// <returns>A group, for conventions of your own (authorization, rate limits).</returns>
    public static IEndpointConventionBuilder MapHoldfast(this IEndpointRouteBuilder endpoints, string basePath = "/")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(basePath);
        var http = endpoints.ServiceProvider.GetRequiredService<HoldfastHttp>();
        var group = endpoints.MapGroup(basePath.TrimEnd('/'));

        // Ways in.
        Map(group, "POST", "/api/events", Permission.EventsWrite, context => http.EventsPost.PostAsync(context), EndpointDocs.PostEvents);
        Map(group, "POST", "/v1/metrics", Permission.EventsWrite, context => http.OtlpPost.PostAsync(context), EndpointDocs.PostMetrics);
        Map(group, "GET", "/events", Permission.EventsWrite, context => http.EventsSocket.ConnectAsync(context), EndpointDocs.EventsSocket);

        // What is recorded.
        Map(group, "GET", "/api/events", Permission.Read, context => http.Events.ListAsync(context), EndpointDocs.ListEvents);
        Map(group, "GET", "/api/export", Permission.Read, context => http.Events.ExportAsync(context), EndpointDocs.ExportEvents);
        Map(group, "GET", "/api/series", Permission.Read, context => http.Series.QueryAsync(context), EndpointDocs.QuerySeries);
        Map(group, "GET", "/api/ledger", Permission.Read, context => http.Status.LedgerAsync(context), EndpointDocs.Ledger);

        // How it does.
        Map(group, "GET", "/status", Permission.Read, context => http.Status.StatusAsync(context), EndpointDocs.Status);
        Map(group, "GET", "/api/overview", Permission.Read, context => http.Status.OverviewAsync(context), EndpointDocs.Overview);
        Map(group, "GET", "/api/sessions", Permission.Read, context => http.Sessions.ListAsync(context), EndpointDocs.Sessions);
        Map(group, "GET", "/api/components", Permission.Read, context => http.Components.ListAsync(context), EndpointDocs.Components);
        Map(group, "GET", "/api/rooms", Permission.Read, context => http.Rooms.ListAsync(context), EndpointDocs.Rooms);
        Map(group, "GET", "/api/health", Permission.Read, context => http.Health.GetAsync(context), HealthDocs.Get);
        Map(group, "GET", "/api/health/history", Permission.Read, context => http.Health.HistoryAsync(context), HealthDocs.History);
        Map(group, "POST", "/api/health/checks/{name}/run", Permission.Operate, context => http.Health.RunCheckAsync(context), HealthDocs.RunCheck);
        Map(group, "POST", "/api/health/rules/{name}/run", Permission.Operate, context => http.Health.RunRuleAsync(context), HealthDocs.RunRule);
        Map(group, "GET", "/health", Permission.Probe, context => http.Status.ReadyAsync(context), EndpointDocs.Health);
        Map(group, "GET", "/health/ready", Permission.Probe, context => http.Status.ReadyAsync(context), EndpointDocs.HealthReady);
        Map(group, "GET", "/health/live", Permission.Probe, context => http.Status.LiveAsync(context), EndpointDocs.HealthLive);
        Map(group, "GET", "/health/startup", Permission.Probe, context => http.Status.StartupAsync(context), EndpointDocs.HealthStartup);
        Map(group, "GET", "/healthz", Permission.Probe, context => http.Status.ReadyAsync(context), EndpointDocs.Healthz);
        Map(group, "GET", "/readyz", Permission.Probe, context => http.Status.ReadyAsync(context), EndpointDocs.Readyz);
        Map(group, "GET", "/livez", Permission.Probe, context => http.Status.LiveAsync(context), EndpointDocs.Livez);

        // What is asked of it in a line.
        Map(group, "POST", "/api/commands", Permission.Commands, context => http.Commands.ExecuteAsync(context), CommandDocs.Execute);

        // Where events of the bus go beside their subscribers.
        Map(group, "GET", "/api/event-rules", Permission.Read, context => http.EventRules.GetAsync(context), EventRuleDocs.Get);
        Map(group, "PUT", "/api/event-rules", Permission.Operate, context => http.EventRules.PutAsync(context), EventRuleDocs.Put);

        // What it measures.
        Map(group, "GET", "/metrics", Permission.Read, context => http.Metrics.ScrapeAsync(context), EndpointDocs.Metrics);
        Map(group, "GET", "/metrics/current", Permission.Read, context => http.Current.CurrentAsync(context), EndpointDocs.Current);
        Map(group, "GET", "/api/metrics/current", Permission.Read, context => http.Current.CurrentAsync(context), EndpointDocs.CurrentAlias);
        Map(group, "GET", "/metrics/adapter", Permission.Read, context => http.Current.AdapterAsync(context), EndpointDocs.Adapter);
        Map(group, "GET", "/metrics/validation", Permission.Read, context => http.Validation.ValidationAsync(context), EndpointDocs.Validation);
        Map(group, "POST", "/metrics/flush", Permission.Operate, context => http.Validation.FlushAsync(context), EndpointDocs.FlushMetrics);

        // The circuit breakers, and what an operator does to them.
        Map(group, "GET", "/metrics/resilience", Permission.Read, context => http.Resilience.MetricsAsync(context), OperatorDocs.Metrics);
        Map(group, "GET", "/api/breakers", Permission.Read, context => http.Breakers.ListAsync(context), OperatorDocs.List);
        Map(group, "GET", "/api/breakers/{name}", Permission.Read, context => http.Breakers.GetAsync(context), OperatorDocs.Get);
        Map(group, "POST", "/api/breakers/{name}/reset", Permission.Operate, context => http.Breakers.ResetAsync(context), OperatorDocs.Reset);
        Map(group, "POST", "/api/breakers/{name}/isolate", Permission.Operate, context => http.Breakers.IsolateAsync(context), OperatorDocs.Isolate);
        Map(group, "POST", "/api/breakers/{name}/trip", Permission.Operate, context => http.Breakers.TripAsync(context), OperatorDocs.Trip);
        Map(group, "GET", "/api/audit", Permission.AuditRead, context => http.Audit.ListAsync(context), OperatorDocs.Audit);

        // Who may call.
        MapAccess(group, http);

        // Dead letters, and what an operator does to them.
        MapDeadLetters(group, http);

        // Failed operations that are executed again, and what an operator does to them.
        MapRetries(group, http);

        // Operations over many retries or dead letters.
        MapOperations(group, http);

        // Flags: what people do to them, and what clients ask.
        MapFlags(group, http);

        // What people keep of the page.
        Map(group, "GET", "/api/preferences", Permission.Read, context => http.Preferences.ListAsync(context), PreferenceDocs.List);
        Map(group, "PUT", "/api/preferences/{key}", Permission.PreferencesWrite, context => http.Preferences.PutAsync(context), PreferenceDocs.Put);
        Map(group, "DELETE", "/api/preferences/{key}", Permission.PreferencesWrite, context => http.Preferences.RemoveAsync(context), PreferenceDocs.Remove);

        // Clients of Supabase Realtime.
        MapRealtime(group, http);

        // Live, and the page.
        Map(group, "GET", "/live", Permission.Read, context => http.Live.ConnectAsync(context), EndpointDocs.Live);
        ((IEndpointConventionBuilder)group.MapHoldfastDashboard("", http.Overview)).Finally(endpoint => Guarded.Guard(endpoint, Permission.None));
        if (Settings.Access(endpoints.ServiceProvider.GetRequiredService<FlagManager>()).AllowedOrigins.Count > 0)
        {
            group.MapMethods("/{**path}", [HttpMethods.Options], Guarded.Wrap(Cors.PreflightAsync, Permission.None)).WithMetadata(new PermissionMetadata(Permission.None));
        }

        return group;
    }

    private static void MapAccess(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        Map(group, "GET", "/api/access", Permission.Known, context => http.Access.ShowAsync(context), AccessDocs.Show);
        Map(group, "POST", "/api/access/ticket", Permission.Known, context => http.Access.MakeTicketAsync(context), AccessDocs.MakeTicket);
        Map(group, "GET", "/api/keys", Permission.KeysWrite, context => http.Keys.ListAsync(context), AccessDocs.ListKeys);
        Map(group, "POST", "/api/keys", Permission.KeysWrite, context => http.Keys.CreateAsync(context), AccessDocs.CreateKey);
        Map(group, "POST", "/api/keys/{id}/revoke", Permission.KeysWrite, context => http.Keys.RevokeAsync(context), AccessDocs.RevokeKey);
    }

    private static void MapDeadLetters(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        const string Root = "/api/dead-letters";
        Map(group, "GET", Root, Permission.Read, context => http.DeadLetters.ListAsync(context), DeadLetterDocs.List);
        Map(group, "GET", Root + "/groups", Permission.Read, context => http.DeadLetters.GroupsAsync(context), DeadLetterDocs.Groups);
        Map(group, "GET", Root + "/export", Permission.Read, context => http.DeadLetters.ExportAsync(context), DeadLetterDocs.Export);
        Map(group, "GET", Root + "/{id}", Permission.Read, context => http.DeadLetters.GetAsync(context), DeadLetterDocs.Get);
        Map(group, "PATCH", Root + "/{id}", Permission.Operate, context => http.DeadLetterCommands.EditAsync(context), DeadLetterDocs.Edit);
        Map(group, "POST", Root + "/{id}/replay", Permission.Operate, context => http.DeadLetterCommands.ReplayAsync(context), DeadLetterDocs.Replay);
        Map(group, "POST", Root + "/{id}/discard", Permission.Operate, context => http.DeadLetterCommands.DiscardAsync(context), DeadLetterDocs.Discard);
        Map(group, "POST", Root + "/replay", Permission.Operate, context => http.DeadLetterCommands.ReplayMatchingAsync(context), DeadLetterDocs.ReplayMatching);
        Map(group, "POST", Root + "/discard", Permission.Operate, context => http.DeadLetterCommands.DiscardMatchingAsync(context), DeadLetterDocs.DiscardMatching);
        Map(group, "POST", Root + "/purge", Permission.Operate, context => http.DeadLetterCommands.PurgeAsync(context), DeadLetterDocs.Purge);
    }

    private static void MapRetries(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        const string Root = "/api/retries";
        Map(group, "POST", Root, Permission.RetriesWrite, context => http.RetriesPost.PostAsync(context), RetryDocs.Enqueue);
        Map(group, "GET", Root, Permission.Read, context => http.Retries.ListAsync(context), RetryDocs.List);
        Map(group, "GET", Root + "/stats", Permission.Read, context => http.Retries.StatsAsync(context), RetryDocs.Stats);
        Map(group, "GET", Root + "/alerts", Permission.Read, context => http.Retries.AlertsAsync(context), RetryDocs.Alerts);
        Map(group, "GET", Root + "/groups", Permission.Read, context => http.Retries.GroupsAsync(context), RetryDocs.Groups);
        Map(group, "GET", Root + "/{id}", Permission.Read, context => http.Retries.GetAsync(context), RetryDocs.Get);
        Map(group, "PATCH", Root + "/{id}", Permission.Operate, context => http.RetryCommands.EditAsync(context), RetryDocs.Edit);
        Map(group, "POST", Root + "/{id}/requeue", Permission.Operate, context => http.RetryCommands.RequeueAsync(context), RetryDocs.Requeue);
        Map(group, "POST", Root + "/{id}/cancel", Permission.Operate, context => http.RetryCommands.CancelAsync(context), RetryDocs.Cancel);
        Map(group, "POST", Root + "/{id}/dead-letter", Permission.Operate, context => http.RetryCommands.DeadLetterAsync(context), RetryDocs.DeadLetter);
    }

    private static void MapOperations(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        const string Root = "/api/operations";
        Map(group, "POST", Root, Permission.Operate, context => http.Operations.BeginAsync(context), OperationDocs.Begin);
        Map(group, "GET", Root, Permission.Read, context => http.Operations.ListAsync(context), OperationDocs.List);
        Map(group, "GET", Root + "/{id}", Permission.Read, context => http.Operations.GetAsync(context), OperationDocs.Get);
        Map(group, "POST", Root + "/{id}/pause", Permission.Operate, context => http.Operations.PauseAsync(context), OperationDocs.Pause);
        Map(group, "POST", Root + "/{id}/resume", Permission.Operate, context => http.Operations.ResumeAsync(context), OperationDocs.Resume);
        Map(group, "POST", Root + "/{id}/cancel", Permission.Operate, context => http.Operations.CancelAsync(context), OperationDocs.Cancel);
    }

    private static void MapFlags(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        const string Root = "/api/flags";
        Map(group, "GET", "/flags/status", Permission.Read, context => http.Flags.Status.StatusAsync(context), FlagDocs.Status);
        Map(group, "GET", "/health/flags", Permission.Read, context => http.Flags.Status.HealthAsync(context), FlagDocs.Health);
        Map(group, "GET", Root, Permission.Read, context => http.Flags.Flags.ListAsync(context), FlagDocs.List);
        Map(group, "GET", Root + "/audit", Permission.AuditRead, context => http.Flags.Flags.HistoryAsync(context), FlagDocs.History);
        Map(group, "GET", Root + "/{name}", Permission.Read, context => http.Flags.Flags.GetAsync(context), FlagDocs.Get);
        Map(group, "PUT", Root + "/{name}", Permission.Operate, context => http.Flags.Commands.PutAsync(context), FlagDocs.Put);
        Map(group, "DELETE", Root + "/{name}", Permission.Operate, context => http.Flags.Commands.ResetAsync(context), FlagDocs.Reset);
        Map(group, "POST", Root + "/{name}/explain", Permission.Read, context => http.Flags.Flags.ExplainAsync(context), FlagDocs.Explain);
        Map(group, "POST", Root + "/{name}/kill", Permission.Operate, context => http.Flags.Commands.KillAsync(context), FlagDocs.Kill);
        Map(group, "POST", Root + "/{name}/revive", Permission.Operate, context => http.Flags.Commands.ReviveAsync(context), FlagDocs.Revive);
        Map(group, "POST", Root + "/{name}/rollout", Permission.Operate, context => http.Flags.Commands.BeginRolloutAsync(context), FlagDocs.BeginRollout);
        Map(group, "POST", Root + "/{name}/rollout/pause", Permission.Operate, context => http.Flags.Commands.PauseRolloutAsync(context), FlagDocs.PauseRollout);
        Map(group, "POST", Root + "/{name}/rollout/resume", Permission.Operate, context => http.Flags.Commands.ResumeRolloutAsync(context), FlagDocs.ResumeRollout);
        Map(group, "POST", Root + "/{name}/rollout/rollback", Permission.Operate, context => http.Flags.Commands.RollBackAsync(context), FlagDocs.RollBack);
        Map(group, "POST", Root + "/{name}/samples", Permission.EventsWrite, context => http.Flags.Samples.PostAsync(context), FlagDocs.Samples);

        const string Evaluate = "/ofrep/v1/evaluate/flags";
        Map(group, "POST", Evaluate, Permission.Read, context => http.Flags.Ofrep.EvaluateAllAsync(context), OfrepDocs.Bulk);
        Map(group, "POST", Evaluate + "/{name}", Permission.Read, context => http.Flags.Ofrep.EvaluateAsync(context), OfrepDocs.Single);

        // A browser's EventSource sends no headers: the address itself says that its caller may listen.
        Map(group, "GET", OfrepApi.StreamPath, Permission.None, context => http.Flags.Stream.ListenAsync(context), OfrepDocs.Stream);
    }

    private static void MapRealtime(IEndpointRouteBuilder group, HoldfastHttp http)
    {
        const string Root = "/realtime/v1";
        var (onSocket, onRequest) = (RealtimeAnswer.OnSocket, RealtimeAnswer.OnRequest);
        Map(group, "GET", Root + "/websocket", Permission.Read, context => http.Realtime.Socket.ConnectAsync(context), RealtimeDocs.Socket, onSocket);
        Map(group, "GET", Root + "/socket/websocket", Permission.Read, context => http.Realtime.Socket.ConnectAsync(context), RealtimeDocs.SocketAlias, onSocket);
        Map(group, "GET", "/socket/websocket", Permission.Read, context => http.Realtime.Socket.ConnectAsync(context), RealtimeDocs.SocketShort, onSocket);
        Map(group, "GET", Root + "/api/ping", Permission.Known, context => BroadcastApi.PingAsync(context), RealtimeDocs.Ping, onRequest);
        Map(group, "POST", Root + "/api/broadcast", Permission.Broadcast, context => http.Realtime.Broadcast.PostBatchAsync(context), RealtimeDocs.Batch, onRequest);
        Map(group, "POST", Root + "/api/broadcast/{topic}/events/{event}", Permission.Broadcast, context => http.Realtime.Broadcast.PostOneAsync(context), RealtimeDocs.One, onRequest);
    }

    internal static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder group, string method, string pattern, Permission permission, RequestDelegate handler, EndpointDoc doc, GuardProtocol? protocol = null) =>
        group.MapMethods(pattern, [method], Guarded.Wrap(handler, permission, protocol)).WithMetadata(new PermissionMetadata(permission), doc);
}

using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Dashboard;
using Holdfast.AspNetCore.Security;
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
        Map(group, "GET", "/api/series", Permission.Read, context => http.Series.QueryAsync(context), EndpointDocs.QuerySeries);
        Map(group, "GET", "/api/ledger", Permission.Read, context => http.Status.LedgerAsync(context), EndpointDocs.Ledger);

        // How it does.
        Map(group, "GET", "/status", Permission.Read, context => http.Status.StatusAsync(context), EndpointDocs.Status);
        Map(group, "GET", "/api/overview", Permission.Read, context => http.Status.OverviewAsync(context), EndpointDocs.Overview);
        Map(group, "GET", "/health", Permission.None, context => http.Status.ReadyAsync(context), EndpointDocs.Health);
        Map(group, "GET", "/health/ready", Permission.None, context => http.Status.ReadyAsync(context), EndpointDocs.HealthReady);
        Map(group, "GET", "/health/live", Permission.None, context => http.Status.LiveAsync(context), EndpointDocs.HealthLive);
        Map(group, "GET", "/health/startup", Permission.None, context => http.Status.StartupAsync(context), EndpointDocs.HealthStartup);

        // What it measures.
        Map(group, "GET", "/metrics", Permission.Read, context => http.Metrics.ScrapeAsync(context), EndpointDocs.Metrics);
        Map(group, "GET", "/metrics/validation", Permission.Read, context => http.Validation.ValidationAsync(context), EndpointDocs.Validation);
        Map(group, "POST", "/metrics/flush", Permission.Operate, context => http.Validation.FlushAsync(context), EndpointDocs.FlushMetrics);

        // The circuit breakers, and what an operator does to them.
        Map(group, "GET", "/metrics/resilience", Permission.Read, context => http.Resilience.MetricsAsync(context), OperatorDocs.Metrics);
        Map(group, "GET", "/api/breakers", Permission.Read, context => http.Breakers.ListAsync(context), OperatorDocs.List);
        Map(group, "GET", "/api/breakers/{name}", Permission.Read, context => http.Breakers.GetAsync(context), OperatorDocs.Get);
        Map(group, "POST", "/api/breakers/{name}/reset", Permission.Operate, context => http.Breakers.ResetAsync(context), OperatorDocs.Reset);
        Map(group, "POST", "/api/breakers/{name}/isolate", Permission.Operate, context => http.Breakers.IsolateAsync(context), OperatorDocs.Isolate);
        Map(group, "POST", "/api/breakers/{name}/trip", Permission.Operate, context => http.Breakers.TripAsync(context), OperatorDocs.Trip);
        Map(group, "GET", "/api/audit", Permission.Read, context => http.Audit.ListAsync(context), OperatorDocs.Audit);

        // Dead letters, and what an operator does to them.
        MapDeadLetters(group, http);

        // Live, and the page.
        Map(group, "GET", "/live", Permission.Read, context => http.Live.ConnectAsync(context), EndpointDocs.Live);
        ((IEndpointConventionBuilder)group.MapHoldfastDashboard("", http.Overview)).Finally(endpoint => Guarded.Guard(endpoint, Permission.Read));
        return group;
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

    internal static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder group, string method, string pattern, Permission permission, RequestDelegate handler, EndpointDoc doc) =>
        group.MapMethods(pattern, [method], Guarded.Wrap(handler)).WithMetadata(new PermissionMetadata(permission), doc);
}

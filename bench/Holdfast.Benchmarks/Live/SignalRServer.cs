using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Benchmarks.Live;

/// <summary>The smallest server that tells all clients of a hub what is posted: as its documentation has it, with nothing switched on or off but the log.</summary>
internal static class SignalRServer
{
    public const string Verb = "live-signalr-server";
    public const string HubPath = "/hub";
    public const string PublishPath = "/publish";

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalR();
        await using var app = builder.Build();
        app.MapHub<EventHub>(HubPath);
        app.MapPost(PublishPath, PublishAsync);
        await app.StartAsync();
        ChildServer.Announce(app.Urls.Single());
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task<IResult> PublishAsync(JsonElement payload, IHubContext<EventHub> hub)
    {
        await hub.Clients.All.SendAsync("event", payload);
        return Results.Accepted();
    }

    private sealed class EventHub : Hub;
}

using System.Net;
using System.Text;
using Holdfast.AspNetCore.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Dashboard;

/// <summary>A real server with nothing but the dashboard on it.</summary>
internal sealed class DashboardSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DashboardSite(WebApplication app, HttpClient client)
    {
        _app = app;
        Client = client;
    }

    /// <summary>Asks for what it is told and follows no redirection.</summary>
    public HttpClient Client { get; }

    public static async Task<DashboardSite> StartAsync(
        string basePath = "/", Func<string>? snapshot = null, DashboardAssets? assets = null, string? pathBase = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        if (pathBase is not null)
        {
            app.UsePathBase(pathBase);
            app.UseRouting();
        }

        app.MapDashboard(
            basePath,
            assets ?? DashboardAssets.Load(typeof(DashboardEndpoints).Assembly),
            _ => ValueTask.FromResult<ReadOnlyMemory<byte>?>(Encoding.UTF8.GetBytes((snapshot ?? (() => "{}"))())));
        await app.StartAsync();
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };
        return new DashboardSite(app, client);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Support;

/// <summary>A real web server that refuses its first calls, and keeps what the others brought.</summary>
internal sealed class TrialTarget : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _taken = new();
    private int _refusals;

    private TrialTarget(WebApplication app, int refusals) => (_app, _refusals) = (app, refusals);

    public string Address => _app.Urls.Single();

    /// <summary>Bodies of the calls that were answered well, in their order.</summary>
    public IReadOnlyCollection<string> Taken => _taken;

    public static async Task<TrialTarget> StartAsync(int refusals)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var target = new TrialTarget(app, refusals);
        app.Run(target.AnswerAsync);
        await app.StartAsync(Deadline.Token());
        return target;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync(context.RequestAborted);
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        _taken.Enqueue(text);
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Faults.Support;

/// <summary>A call, as the target saw it.</summary>
internal readonly record struct Call(Guid Id, long Token);

/// <summary>
/// A web server that callbacks go to. It takes its time, so that a fault meets calls under way, and remembers who called under which token:
/// a witness whom no store can talk out of it.
/// </summary>
internal sealed class CallbackTarget : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Call> _calls = new();

    private CallbackTarget(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Takes { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>What it answers.</summary>
    public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

    /// <summary>All calls so far, as they came.</summary>
    public IReadOnlyCollection<Call> Calls => _calls;

    public static async Task<CallbackTarget> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var target = new CallbackTarget(app);
        app.Run(target.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return target;
    }

    /// <summary>Waits until so many calls have come in all.</summary>
    public async Task WhenCalledAsync(int calls, CancellationToken cancellationToken)
    {
        while (_calls.Count < calls)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        _calls.Enqueue(new Call(Guid.Parse(Header(context, "Holdfast-Retry-Id")), long.Parse(Header(context, "Holdfast-Retry-Token"), CultureInfo.InvariantCulture)));
        context.Response.StatusCode = (int)Answer;
        await Task.Delay(Takes, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Header(HttpContext context, string name) => context.Request.Headers[name].ToString();
}

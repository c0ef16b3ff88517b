using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Support;

/// <summary>A real web server that charges cards at once (/paid), never (/declined), the second time (/shaky), or when it is told to (/slow).</summary>
internal sealed class TrialBank : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<BankCall> _calls = new();
    private readonly SemaphoreSlim _slow = new(0);
    private readonly SemaphoreSlim _abandoned = new(0);
    private int _shaken;

    private TrialBank(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public IReadOnlyCollection<BankCall> Calls => _calls;

    public static async Task<TrialBank> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var bank = new TrialBank(app);
        app.Run(bank.AnswerAsync);
        await app.StartAsync(Deadline.Token());
        return bank;
    }

    /// <summary>Completes when one more slow call is under way.</summary>
    public Task WhenSlowAsync() => _slow.WaitAsync(Deadline.Token());

    /// <summary>Completes when the caller of a slow call has gone away.</summary>
    public Task WhenAbandonedAsync() => _abandoned.WaitAsync(Deadline.Token());

    /// <summary>Answers slow calls, also those that come later.</summary>
    public void Release() => _release.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
        _slow.Dispose();
        _abandoned.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync(context.RequestAborted);
        var headers = context.Request.Headers;
        _calls.Enqueue(new BankCall(context.Request.Path, headers["Idempotency-Key"].ToString(), headers["Holdfast-Retry-Token"].ToString(), text));
        context.Response.StatusCode = context.Request.Path.Value switch
        {
            "/paid" => StatusCodes.Status200OK,
            "/declined" => StatusCodes.Status402PaymentRequired,
            "/shaky" => Interlocked.Increment(ref _shaken) > 1 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            "/slow" => await WaitAsync(context.RequestAborted),
            _ => StatusCodes.Status404NotFound,
        };
    }

    private async Task<int> WaitAsync(CancellationToken aborted)
    {
        _slow.Release();
        await _release.Task.WaitAsync(aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (aborted.IsCancellationRequested)
        {
            _abandoned.Release();
        }

        return StatusCodes.Status200OK;
    }
}

/// <summary>What a caller sent.</summary>
internal sealed record BankCall(string Path, string IdempotencyKey, string Token, string Body);

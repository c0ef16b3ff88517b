using System.Text;
using System.Threading.Channels;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.AspNetCore.Flags;

/// <summary>
/// <c>GET /ofrep/v1/stream</c>: server-sent events that tell a client to ask again. A change that comes while another is being sent stands for
/// both, so nothing piles up before a client that is slow.
/// </summary>
internal sealed class OfrepStream(FlagManager flags, StreamTokens tokens, AccessGate gate, LiveSessions sessions, TimeProvider time)
{
    /// <summary>Between two signs of life while nothing changes: shorter than the patience of what stands in between.</summary>
    public static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(15);

    private static readonly byte[] Ping = ": ping\n\n"u8.ToArray();

    public async Task ListenAsync(HttpContext context)
    {
        if (tokens.Read(context.Request.Query["token"], gate.KeysNeeded(context)) is not { } caller || !Permissions.Allow(caller.Role, Permission.Read))
        {
            await Problem.WriteAsync(context, StatusCodes.Status410Gone, "The address is not good any more.", "Evaluate all flags again: the answer has a new one.");
            return;
        }

        if (sessions.TryEnter(caller) is { } full)
        {
            await Problem.RetryLaterAsync(context, StatusCodes.Status503ServiceUnavailable, "No place is free.", full, TimeSpan.FromSeconds(5));
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            await sessions.HoldAsync(caller, _ => end.Cancel(), end.Cancel, () => TellAsync(context, end.Token));
        }
        finally
        {
            sessions.Leave(caller);
        }
    }

    private async Task TellAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var listening = flags.OnRevision(_ => changed.Writer.TryWrite(true));
        try
        {
            await BeginAsync(context, cancellationToken);
            var told = context.Request.Headers["Last-Event-ID"].ToString();
            while (true)
            {
                // Also at the beginning: between the evaluation that gave the address and this connection something may have changed.
                told = await TellChangeAsync(context.Response, told, cancellationToken);
                if (!await WaitAsync(changed.Reader, cancellationToken))
                {
                    await WriteAsync(context.Response, Ping, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has left, or the server does; the client connects again by itself.
        }
    }

    private static async Task BeginAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await context.Response.StartAsync(cancellationToken);
    }

    private async Task<string> TellChangeAsync(HttpResponse response, string told, CancellationToken cancellationToken)
    {
        var revision = flags.ClientRevision;
        if (revision != told)
        {
            var text = $"id: {revision}\nevent: message\ndata: {{\"type\":\"refetchEvaluation\",\"etag\":\"\\\"{revision}\\\"\",\"lastModified\":{time.GetUtcNow().ToUnixTimeSeconds()}}}\n\n";
            await WriteAsync(response, Encoding.UTF8.GetBytes(text), cancellationToken);
        }

        return revision;
    }

    /// <summary>False when it is time for a sign of life.</summary>
    private async Task<bool> WaitAsync(ChannelReader<bool> changed, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var change = changed.ReadAsync(waiting.Token).AsTask();
        var first = await Task.WhenAny(change, Task.Delay(PingPeriod, time, waiting.Token));
        await waiting.CancelAsync();
        await ((Task)change).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return first == change || change.IsCompletedSuccessfully;
    }

    private static async Task WriteAsync(HttpResponse response, byte[] bytes, CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(bytes, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}

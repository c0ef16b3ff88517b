using System.Net.WebSockets;
using Holdfast.AspNetCore.Api;
using Holdfast.AspNetCore.Security;
using Holdfast.Monitoring;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Live;

/// <summary><c>GET /live?since=&lt;cursor&gt;</c>: the live stream over WebSocket.</summary>
internal sealed class LiveEndpoint(LiveContext live, LiveSessions sessions)
{
    public async Task ConnectAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var since = LivePositions.None;
        if (reader.Text("since", LiveCursor.CharactersMax) is { } cursor && !LiveCursor.TryDecode(cursor, out since))
        {
            reader.Fault("since", "Not a cursor. Connect without one to start from now.");
        }

        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        await Sockets.AcceptAsync(context, sessions, async socket =>
        {
            using var session = new LiveSession(live, socket, context.TraceIdentifier, context.Caller().Name);
            await sessions.HoldAsync(
                context.Caller(),
                retry => session.End("the server restarts", (WebSocketCloseStatus)1012, retry),
                session.Abort,
                () => session.RunAsync(since, context.RequestAborted));
        });
    }
}

using System.Collections.Concurrent;
using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Realtime;

/// <summary><c>GET /realtime/v1/websocket</c>: clients of Supabase Realtime, unmodified.</summary>
internal sealed class RealtimeSocket(
    RealtimeServer server, ILiveTopic live, AccessGate gate, LiveSessions sessions, BodyBudget budget, FlagManager flags, ILogger<RealtimeSession> logger)
{
    // Names, numbers and lists around a payload.
    private const int FramingBytes = 64 << 10;

    // Clients come back after a second, all of them: a restart that lets them go one after another gets them back one after another.
    private static readonly TimeSpan LeaveSpreadMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveSpreadEach = TimeSpan.FromMilliseconds(2);

    // The goodbye of the live topic is made by another thread.
    private static readonly TimeSpan LeaveLeast = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<RealtimeSession, bool> _sessions = new();

    public async Task ConnectAsync(HttpContext context)
    {
        if (PhoenixSerializer.Of(context.Request.Query["vsn"]) is not { } serializer)
        {
            await RealtimeAnswer.WriteAsync(context, StatusCodes.Status403Forbidden, "error", "The version of the protocol is not known: vsn must be 1.0.0 or 2.0.0");
            return;
        }

        var caller = context.Caller();
        var access = new RealtimeAccess(gate, caller, server.Time);
        var rights = access.RightsOfOpener(readOnly: Credential.Read(context.Request)?.StartsWith(Tickets.Prefix, StringComparison.Ordinal) == true);
        await Sockets.AcceptAsync(context, sessions, async socket =>
        {
            using var connection = new RealtimeConnection(server, access, live, serializer, rights);
            var frames = new FrameReader(socket, budget, server.Options.PayloadBytesMax + FramingBytes, BodyBudget.MaxFor(flags.GetInt(FlagNames.MaxBodyBytes)));
            using var session = new RealtimeSession(server, connection, socket, frames, context.TraceIdentifier, logger);
            _sessions[session] = true;
            try
            {
                await sessions.HoldAsync(caller, retry => session.Leave(DelayOf(retry), retry), () => session.Abort(caller), () => session.RunAsync(context.RequestAborted));
            }
            finally
            {
                _sessions.TryRemove(session, out _);
            }
        }, reason => RealtimeAnswer.WriteAsync(context, StatusCodes.Status429TooManyRequests, "error", $"Too many connected users: {reason}"));
    }

    /// <summary>Keys have changed: channels end whose tokens are not good any more.</summary>
    public void EndRevoked()
    {
        foreach (var session in _sessions.Keys)
        {
            session.EndRevoked();
        }
    }

    // The hint when to come back differs from one to the other; these clients cannot be told it, so it becomes when they are let go.
    private TimeSpan DelayOf(TimeSpan retry)
    {
        var spread = LeaveSpreadEach * _sessions.Count;
        return LeaveLeast + ((spread < LeaveSpreadMax ? spread : LeaveSpreadMax) * LiveSessions.ShareOf(retry));
    }
}

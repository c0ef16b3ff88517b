using Holdfast.AspNetCore.Ingest;
using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>The endpoints of the Realtime protocol.</summary>
internal sealed record RealtimeEndpoints(RealtimeSocket Socket, BroadcastApi Broadcast)
{
    /// <param name="live">What a session of <c>/live</c> has, with the adapter of this protocol.</param>
    public static RealtimeEndpoints Compose(
        NodeParts parts, FlagManager flags, AccessGate gate, LiveSessions sessions, BodyReader bodies, BodyBudget budget, LiveContext live, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<RealtimeSession>();
        var topic = new LiveTopic(live with { Adapter = parts.Realtime.Adapter }, logger);
        return new RealtimeEndpoints(
            new RealtimeSocket(parts.Realtime, topic, gate, sessions, budget, flags, logger),
            new BroadcastApi(parts.Realtime, topic, bodies, flags));
    }
}

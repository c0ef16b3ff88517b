using Holdfast.AspNetCore.Live;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;

namespace Holdfast.AspNetCore.Flags;

/// <summary>The endpoints of flags.</summary>
internal sealed record FlagEndpoints(FlagStatusApi Status, FlagsApi Flags, FlagCommands Commands, FlagSamplesPost Samples, OfrepApi Ofrep, OfrepStream Stream)
{
    public static FlagEndpoints Compose(NodeParts parts, FlagManager flags, AccessGate gate, LiveSessions sessions, TimeProvider time)
    {
        var json = new FlagJson(flags, parts.Flags);
        var tokens = new StreamTokens(() => parts.Flags.Keeper.StreamKey, parts.Access.Ring, time);
        return new FlagEndpoints(
            new FlagStatusApi(flags, parts.Flags.Keeper, time),
            new FlagsApi(flags, parts.Flags, json),
            new FlagCommands(parts.Flags.Desk, json),
            new FlagSamplesPost(flags, parts.Flags),
            new OfrepApi(flags, tokens),
            new OfrepStream(flags, tokens, gate, sessions, time));
    }
}

using Holdfast.Access;
using Holdfast.AspNetCore.Security;
using Holdfast.Realtime.Channels;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>What a caller may do on the protocol, and what the tokens are worth that are shown on a connection.</summary>
/// <param name="opener">Who opened the connection. While nobody needs to be anybody, any token is taken.</param>
internal sealed class RealtimeAccess(AccessGate gate, Caller opener, TimeProvider time) : ITokenJudge
{
    /// <param name="readOnly">It was opened with a ticket, which is good for looking.</param>
    public RealtimeRights RightsOfOpener(bool readOnly) => RightsOf(opener) is var rights && readOnly ? rights with { MayBroadcast = false } : rights;

    public async ValueTask<TokenVerdict> JudgeAsync(string token, CancellationToken cancellationToken)
    {
        if (opener == Caller.Local)
        {
            return new TokenVerdict(RightsOf(opener));
        }

        var verdict = await gate.JudgeKeyAsync(token, nameless: true);
        if (verdict.Caller is { } caller)
        {
            return new TokenVerdict(RightsOf(caller));
        }

        var (code, message) = RealtimeAnswer.Of(verdict.Cause);
        return new TokenVerdict(null, code, verdict.EndedAt is { } at ? $"{message} {Math.Max(0, (long)(time.GetUtcNow() - at).TotalSeconds)} seconds ago" : message);
    }

    private RealtimeRights RightsOf(Caller caller) => new(
        caller.KeyId ?? caller.Name,
        caller.Name,
        Permissions.Allow(caller.Role, Permission.Read),
        Permissions.Allow(caller.Role, Permission.Broadcast),
        caller.ExpiresAt,
        () => gate.IsStillGood(caller));
}

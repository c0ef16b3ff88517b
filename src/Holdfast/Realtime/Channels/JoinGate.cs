using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>Whether a join of a connection may come in, before anything is made of it.</summary>
/// <param name="rights">Of whoever opened the connection.</param>
internal sealed class JoinGate(RealtimeServer server, ITokenJudge judge, ILiveTopic? live, RealtimeRights rights)
{
    // For all channels come back at once with a connection.
    private readonly RateBucket _joins = new(2 * server.Options.JoinsPerSecond, TimeSpan.FromSeconds(2));

    // Each reads the log from where the watcher stood.
    private readonly RateBucket _liveJoins = new(server.Options.LiveJoinsMax, server.Options.LiveJoinWindow);

    /// <summary>The rights with which it comes in, or why it does not.</summary>
    /// <param name="name">The topic without <c>realtime:</c>.</param>
    public async ValueTask<(RealtimeRights? Rights, string? Fault)> AdmitAsync(string name, int sizeBytes, JoinRequest request, CancellationToken cancellationToken)
    {
        if (FaultOf(name, sizeBytes) is { } ofName)
        {
            return (null, ofName);
        }

        var verdict = request.Token is { } token ? await judge.JudgeAsync(token, cancellationToken) : new TokenVerdict(rights);
        return verdict.Rights is not { } granted ? (null, $"{verdict.Code}: {verdict.Message}")
            : !granted.MayRead ? (null, $"Unauthorized: You do not have permissions to read from this Channel topic: {name}")
            : FaultOf(request) is { } fault ? (null, fault)
            : (granted, null);
    }

    private string? FaultOf(string name, int sizeBytes)
    {
        var now = server.Time.GetUtcNow();
        return name.Length == 0 ? "TopicNameRequired: You must provide a topic name"
            : !TopicKey.IsSound(name) ? "InvalidJoinPayload: the topic is too long"
            : sizeBytes > server.Options.JoinBytesMax ? "InvalidJoinPayload: it is too large"
            : !_joins.TryTake(now) || (name == live?.Name && !_liveJoins.TryTake(now)) ? "ClientJoinRateLimitReached: Too many joins per second"
            : null;
    }

    private string? FaultOf(JoinRequest request) => request switch
    {
        // Clients look for a member of this name in what they take for changes of rows, and fail at finding one elsewhere.
        { PresenceKey: "ids" or "__proto__" } => $"InvalidJoinPayload: the presence key must not be {request.PresenceKey}",
        { PresenceKey.Length: > PhoenixSerializer.NameBytesMax } => "InvalidJoinPayload: the presence key is too long",
        { Changes.Count: var entries } when entries > server.Options.BindingsMax => $"InvalidJoinPayload: at most {server.Options.BindingsMax} postgres_changes of a channel",
        { Replay: not null, Private: false } => "UnableToReplayMessages: Replay is not allowed for public channels",
        { Replay.Since: null, Replay: not null } => "UnableToReplayMessages: Replay params are not valid",
        { Since: { } cursor } when live?.IsCursor(cursor) == false => "InvalidJoinPayload: since is not a cursor",
        _ => null,
    };
}

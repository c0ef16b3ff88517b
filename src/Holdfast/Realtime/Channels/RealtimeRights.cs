namespace Holdfast.Realtime.Channels;

/// <summary>What somebody may do, and for how long.</summary>
/// <param name="Who">By which callers are told apart.</param>
/// <param name="MayBroadcast">Send to others who listen.</param>
/// <param name="ExpiresAt">Null: until it is taken back.</param>
/// <param name="IsStillGood">Whether it has not been taken back meanwhile.</param>
internal sealed record RealtimeRights(string Who, string Name, bool MayRead, bool MayBroadcast, DateTimeOffset? ExpiresAt, Func<bool> IsStillGood);

/// <summary>What a token is worth.</summary>
/// <param name="Rights">Null: it is not good.</param>
/// <param name="Code">Why not, in one word of the protocol.</param>
/// <param name="Message">Why not, in the words of the protocol.</param>
internal sealed record TokenVerdict(RealtimeRights? Rights, string Code = "", string Message = "");

/// <summary>Judges what is shown on a connection after it was opened.</summary>
internal interface ITokenJudge
{
    ValueTask<TokenVerdict> JudgeAsync(string token, CancellationToken cancellationToken);
}

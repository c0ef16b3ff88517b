using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Access;

namespace Holdfast.AspNetCore.Flags;

/// <summary>
/// Tokens for the address of the event stream, since a browser's EventSource sends no headers: for whom it is and until when, signed with a
/// key that all nodes share. A stream tells only that something changed. All tokens that somebody gets within an hour are the same: a client
/// whose address changes connects anew.
/// </summary>
internal sealed class StreamTokens(Func<ReadOnlyMemory<byte>?> sharedKey, KeyRing ring, TimeProvider time)
{
    private const int TextMax = 1_024;

    private static readonly TimeSpan Step = TimeSpan.FromHours(1);

    // While the shared one was never read: good at this node until it ends.
    private readonly byte[] _ownKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>A token that is good for one to two hours, and no longer than what the caller has shown.</summary>
    public string Issue(Caller caller)
    {
        var until = ((time.GetUtcNow().ToUnixTimeSeconds() / (long)Step.TotalSeconds) + 2) * (long)Step.TotalSeconds;
        var said = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
            new Said(until, caller.KeyId, caller.Name, caller.Role, caller.ExpiresAt?.ToUnixTimeSeconds(), caller == Caller.Local)));
        return $"{said}.{Sign((sharedKey() ?? _ownKey).Span, said)}";
    }

    /// <summary>Whose it is; null: it is not good, or what it was issued for is not any more.</summary>
    /// <param name="keysNeeded">Whether somebody without a key is let in no longer.</param>
    public Caller? Read(string? text, bool keysNeeded)
    {
        if (text is null or { Length: > TextMax } || text.Split('.') is not [var said, var signature] || !IsSigned(said, signature))
        {
            return null;
        }

        var token = JsonSerializer.Deserialize<Said>(Base64Url.DecodeFromChars(said))!; // ours: the signature says so
        return token.Until <= time.GetUtcNow().ToUnixTimeSeconds() ? null
            : token.IsLocal ? (keysNeeded ? null : Caller.Local)
            : token.KeyId is { } id ? ring.Find(id)
            : new Caller(token.Name, token.Role) { ExpiresAt = token.Expires is { } at ? DateTimeOffset.FromUnixTimeSeconds(at) : null };
    }

    private bool IsSigned(string said, string signature) =>
        Matches(Sign(_ownKey, said), signature) || (sharedKey() is { } key && Matches(Sign(key.Span, said), signature));

    private static bool Matches(string expected, string signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(expected));

    private static string Sign(ReadOnlySpan<byte> key, string said) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(said)));

    /// <param name="Until">When it ends, in seconds.</param>
    /// <param name="Expires">When what the caller had shown ends.</param>
    private sealed record Said(long Until, string? KeyId, string Name, AccessRole Role, long? Expires, bool IsLocal);
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Access;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Lets a page open a socket, whose address may stand in logs, without putting its key there: <c>hft_</c>, who it is, and a signature; good
/// for a minute, to begin with. It is signed with a secret that stands in no database: who reads the hashes there cannot make one.
/// </summary>
internal sealed class Tickets(KeyRing ring, string? secret, TimeProvider time)
{
    public const string Prefix = "hft_";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = secret is null ? RandomNumberGenerator.GetBytes(32) : SHA256.HashData(Encoding.UTF8.GetBytes("holdfast ticket " + secret));

    /// <summary>A ticket for somebody who has shown something better.</summary>
    public (string Text, DateTimeOffset ExpiresAt) Make(Caller caller)
    {
        var expiresAt = time.GetUtcNow() + Lifetime;
        var said = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Said(
            expiresAt.ToUnixTimeMilliseconds(), caller.KeyId, caller.Name, caller.Role, caller.ExpiresAt?.ToUnixTimeMilliseconds())));
        return ($"{Prefix}{said}.{Sign(said)}", expiresAt);
    }

    /// <summary>Whose it is; null: it is not good, or what it was made for is not any more. Nobody asks while nobody needs to be anybody.</summary>
    public Caller? Read(string text)
    {
        if (text[Prefix.Length..].Split('.') is not [var said, var signature] || !IsSigned(said, signature))
        {
            return null;
        }

        var ticket = JsonSerializer.Deserialize<Said>(Base64Url.DecodeFromChars(said))!; // ours: the signature says so
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return ticket.GoodUntilMs <= now ? null
            : ticket.KeyId is { } id ? ring.Find(id)
            : ticket.ExpiresMs is { } end && end > now ? new Caller(ticket.Name, ticket.Role) { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(end) }
            : null; // of a token that has ended, or of somebody local from before there was a key
    }

    private string Sign(string said) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(said)));

    private bool IsSigned(string said, string signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.ASCII.GetBytes(Sign(said)));

    /// <param name="ExpiresMs">When what it was made for ends.</param>
    private sealed record Said(long GoodUntilMs, string? KeyId, string Name, AccessRole Role, long? ExpiresMs);
}

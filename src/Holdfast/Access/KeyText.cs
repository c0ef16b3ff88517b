using System.Security.Cryptography;

namespace Holdfast.Access;

/// <summary>
/// A key as its owner has it: <c>hf_</c>, 16 hexadecimal digits that name it, <c>_</c>, 64 that are the secret. The prefix lets people and
/// scanners see what it is. Of the secret only a SHA-256 is kept: it has 256 random bits, so there is nothing to guess, and a slow hash,
/// which protects what people choose, would only slow down each request.
/// </summary>
internal static class KeyText
{
    public const string Prefix = "hf_";

    public const int IdChars = 16;

    private const int SecretBytes = 32;
    private const int Chars = 3 + IdChars + 1 + (2 * SecretBytes);

    /// <summary>A new key: its id, the text for its owner, and the hash that is kept.</summary>
    public static (string Id, string Text, byte[] Hash) Make()
    {
        var id = RandomNumberGenerator.GetHexString(IdChars, lowercase: true);
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        return (id, $"{Prefix}{id}_{Convert.ToHexStringLower(secret)}", SHA256.HashData(secret));
    }

    /// <summary>The id and the hash of the secret; null: the text is no key.</summary>
    public static (string Id, byte[] Hash)? Read(string text)
    {
        // One key has one text: what is compared, counted and looked for in logs must not come in capitals too.
        if (text.Length != Chars || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdChars] != '_' || text.Any(char.IsAsciiLetterUpper))
        {
            return null;
        }

        Span<byte> secret = stackalloc byte[SecretBytes];
        return Convert.FromHexString(text.AsSpan(Prefix.Length + IdChars + 1), secret, out _, out _) == System.Buffers.OperationStatus.Done
            ? (text.Substring(Prefix.Length, IdChars), SHA256.HashData(secret))
            : null;
    }
}

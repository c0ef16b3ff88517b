using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Pipeline;

/// <summary>
/// <c>metadata.checksum</c>: <c>crc32c:&lt;8 hex&gt;</c> over the canonical JSON of <c>data</c>, or <c>hmac-sha256:&lt;64 hex&gt;</c> for critical
/// events when there is a secret. The first finds damage, the second also forgery between servers that share the secret.
/// </summary>
internal sealed class EventChecksum(string? secret)
{
    /// <summary>The longest checksum.</summary>
    public const int LengthMax = 12 + 64;

    private readonly byte[]? _secret = string.IsNullOrEmpty(secret) ? null : Encoding.UTF8.GetBytes(secret);

    /// <summary>Writes the checksum of an event's data as text; returns its length.</summary>
    public int Write(ReadOnlySpan<byte> dataJson, EventCategory category, Span<byte> target) =>
        category == EventCategory.Critical && _secret is not null ? WriteHmac(_secret, dataJson, target) : WriteCrc(dataJson, target);

    /// <summary>What is wrong with the checksum a client put into its metadata; null when it is right, or when there is none.</summary>
    public string? Verify(ReadOnlySpan<byte> metadataJson, ReadOnlySpan<byte> dataJson)
    {
        var member = ChecksumMember.Find(metadataJson);
        if (member.Length == 0)
        {
            return null;
        }

        if (!member.TryText(metadataJson, out var sent))
        {
            return "It must be a text.";
        }

        if (sent.StartsWith("hmac-sha256:"u8) && _secret is null)
        {
            return "It cannot be checked: this server has no secret for hmac-sha256.";
        }

        Span<byte> expected = stackalloc byte[LengthMax];
        var length = sent.StartsWith("hmac-sha256:"u8) ? WriteHmac(_secret!, dataJson, expected) : WriteCrc(dataJson, expected);
        return CryptographicOperations.FixedTimeEquals(sent, expected[..length])
            ? null
            : "It is not the checksum of data: crc32c: with 8, or hmac-sha256: with 64 hexadecimal digits in lower case over the canonical JSON.";
    }

    /// <summary>CRC-32C (Castagnoli) as RFC 3720 defines it.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes) => Spool.Crc32C.Of(bytes);

    private static int WriteCrc(ReadOnlySpan<byte> dataJson, Span<byte> target)
    {
        "crc32c:"u8.CopyTo(target);
        Span<byte> crc = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32C(dataJson));
        Convert.TryToHexStringLower(crc, target[7..], out var digits);
        return 7 + digits;
    }

    private static int WriteHmac(byte[] secret, ReadOnlySpan<byte> dataJson, Span<byte> target)
    {
        "hmac-sha256:"u8.CopyTo(target);
        Span<byte> hmac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, dataJson, hmac);
        Convert.TryToHexStringLower(hmac, target[12..], out var digits);
        return 12 + digits;
    }
}

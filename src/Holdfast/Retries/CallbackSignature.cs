using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Retries;

/// <summary>
/// Tells a receiver that a callback comes from us, and when it was sent: <c>t=1767225600,v1=5f1c...</c>, where <c>v1</c> is
/// <c>hex(HMAC-SHA256(secret, t + "." + id + "." + body))</c>, <c>t</c> is in seconds since 1970, <c>id</c> is the header
/// <c>Holdfast-Retry-Id</c> and <c>body</c> are the bytes as sent. A receiver refuses times that are minutes away from its own.
/// </summary>
internal static class CallbackSignature
{
    public const string HeaderName = "Holdfast-Signature";

    public static string Of(string secret, DateTimeOffset now, Guid id, ReadOnlySpan<byte> body)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{seconds}.{id}."));
        hmac.AppendData(body);
        return $"t={seconds},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }
}

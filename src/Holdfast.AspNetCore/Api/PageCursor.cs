using System.Buffers.Binary;
using System.Buffers.Text;

namespace Holdfast.AspNetCore.Api;

/// <summary>Where a page of events ended: opaque to clients, base64url of timestamp and id.</summary>
internal static class PageCursor
{
    private const int SizeBytes = 8 + 16;

    public static string Encode((long TimestampMicroseconds, Guid EventId) position)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position.TimestampMicroseconds);
        position.EventId.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryDecode(string text, out (long TimestampMicroseconds, Guid EventId) position)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        position = default;
        if (text.Length != Base64Url.GetEncodedLength(SizeBytes) || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != SizeBytes)
        {
            return false;
        }

        position = (BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[8..], bigEndian: true));
        return true;
    }
}
